#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what tcpstory is made of and with, as SPDX 2.3: sbom.py SOURCE_DIR VERSION TARBALL

Packages are those of tests/lib/packages.sh, the only such list, and what is in the source from
others: postproc/page/vendor. Versions of Debian's packages are not pinned and not told: whoever
builds chooses them. The same tarball gives the same bytes.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid

# Which list is what for tcpstory; tools to measure and look with are not of its making.
LISTS = {'PACKAGES_RUN': 'RUNTIME_DEPENDENCY_OF', 'PACKAGES_BUILD': 'BUILD_DEPENDENCY_OF',
         'PACKAGES_TEST': 'TEST_DEPENDENCY_OF'}
VENDOR = os.path.join('postproc', 'page', 'vendor')


def packages_of(source, name):
    with open(os.path.join(source, 'tests', 'lib', 'packages.sh'), encoding='utf-8') as file:
        text = file.read()
    body = re.search(r'(?ms)^%s=\((.*?)^\)' % name, text)[1]
    return [word for line in body.splitlines() for word in line.split('#')[0].split()]


def package(identity, name, **more):
    return {'SPDXID': 'SPDXRef-' + identity, 'name': name, 'downloadLocation': 'NOASSERTION',
            'filesAnalyzed': False, 'licenseConcluded': 'NOASSERTION',
            'licenseDeclared': 'NOASSERTION', 'copyrightText': 'NOASSERTION', **more}


def vendored(source):
    """Each NAME-LICENSE there is a package NAME, whose version is in the names of its files."""
    folder = os.path.join(source, VENDOR)
    for license_file in sorted(n for n in os.listdir(folder) if n.endswith('-LICENSE')):
        name = license_file[:-len('-LICENSE')]
        files = [n for n in sorted(os.listdir(folder)) if re.match(name + r'-\d', n)]
        with open(os.path.join(folder, license_file), encoding='utf-8') as file:
            text = file.read()
        yield package(name, name, versionInfo=re.match(name + r'-([\d.]*\d)', files[0])[1],
                      licenseDeclared='MIT' if 'MIT License' in text else 'NOASSERTION',
                      copyrightText=re.search(r'(?m)^Copyright.*$', text)[0],
                      comment='in %s: %s' % (VENDOR, ', '.join(files)))


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def commit_time(source):
    return subprocess.run(
        ['git', '-c', 'safe.directory=*', '-C', source, 'log', '-1', '--format=%cd',
         '--date=format-local:%Y-%m-%dT%H:%M:%SZ'], env={**os.environ, 'TZ': 'UTC'},
        stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def relation(one, kind, other):
    return {'spdxElementId': 'SPDXRef-' + one, 'relationshipType': kind,
            'relatedSpdxElement': 'SPDXRef-' + other}


def document(source, version, tarball):
    digest = sha256(tarball)
    packages = [package('tcpstory', 'tcpstory', versionInfo=version,
                        licenseDeclared='GPL-2.0-or-later', primaryPackagePurpose='SOURCE',
                        packageFileName=os.path.basename(tarball),
                        checksums=[{'algorithm': 'SHA256', 'checksumValue': digest}])]
    relations = [relation('DOCUMENT', 'DESCRIBES', 'tcpstory')]
    for part in vendored(source):
        packages.append(part)
        relations.append(relation('tcpstory', 'CONTAINS', part['name']))
    known = set()
    for list_name, kind in LISTS.items():
        for name in packages_of(source, list_name):
            identity = 'Debian-' + name
            if name not in known:
                packages.append(package(identity, name, externalRefs=[{
                    'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl',
                    'referenceLocator': 'pkg:deb/debian/' + name}]))
                known.add(name)
            relations.append(relation(identity, kind, 'tcpstory'))
    name = 'tcpstory-' + version
    return {'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT',
            'name': name,
            'documentNamespace': 'urn:uuid:%s' % uuid.uuid5(uuid.NAMESPACE_OID, name + digest),
            'creationInfo': {'created': commit_time(source),
                             'creators': ['Tool: tcpstory-packaging-sbom.py']},
            'packages': packages, 'relationships': relations}


if __name__ == '__main__':
    print(json.dumps(document(*sys.argv[1:4]), indent=1))
