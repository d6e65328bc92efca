#separator \x09
#set_separator	,
#empty_field	(empty)
#unset_field	-
#path	conn
#open	2027-01-15-08-00-00
#fields	ts	uid	id.orig_h	id.orig_p	id.resp_h	id.resp_p	proto	service	duration	orig_bytes	resp_bytes	conn_state	local_orig	local_resp	missed_bytes	history	orig_pkts	orig_ip_bytes	resp_pkts	resp_ip_bytes	tunnel_parents	ip_proto	community_id
#types	time	string	addr	port	addr	port	enum	string	interval	count	count	string	bool	bool	count	string	count	count	count	count	set[string]	count	string
1800000000.000000	CGBnhtyGJQv7LoP3J0	10.9.0.1	39870	10.9.0.2	9502	tcp	-	20.400000	7	18	SF	T	T	0	ShADadFf	6	327	5	286	-	6	1:agtbT2HaRwFPEOcvN/WAkltmUak=
#close	2027-01-15-08-00-20
