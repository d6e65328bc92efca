# SPDX-License-Identifier: GPL-2.0-or-later
"""How far apart two colors look, also to people who see fewer colors.

Simulation: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color
Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1. Distance: CIE 1976 L*a*b*. Contrast: WCAG 2.
"""

VISION = {
    'normal': ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    'protanopia': ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    'deuteranopia': ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    'tritanopia': ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}


def linear(color):
    """rrggbb as three light intensities from 0 to 1."""
    parts = [int(color[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def luminance(rgb):
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def contrast(one, other):
    """1 (the same) to 21 (black on white); 7 is WCAG's level AAA for text."""
    low, high = sorted(luminance(linear(color)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def seen(color, vision):
    rgb = linear(color)
    return [min(1, max(0, sum(a * b for a, b in zip(row, rgb)))) for row in VISION[vision]]


def lab(rgb):
    def bend(t):
        return t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
    x = bend((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.95047)
    y = bend(luminance(rgb))
    z = bend((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one, other, vision):
    """Of two colors rrggbb as that vision sees them; about 2 can just be told apart."""
    pairs = zip(lab(seen(one, vision)), lab(seen(other, vision)))
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5
