# DUMP and RESTORE: the bytes, the options, the errors. tests/clients/dump.py has the rest.

== DUMP of strings
> DUMP missing
$-1
> SET k v
+OK
> DUMP k
"\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce"
> SET k ""
+OK
> DUMP k
"\x00\x00\n\x00]\x9b\\@\x0f\x7f\xa2\xda"
> DUMP
-ERR wrong number of arguments for 'dump' command
> DUMP a b
-ERR wrong number of arguments for 'dump' command

== DUMP of a list
> RPUSH l a b c 1 2 300
:6
> DUMP l
"\x12\x01\x02\x17\x17\x00\x00\x00\x06\x00\x81a\x02\x81b\x02\x81c\x02\x01\x01\x02\x01\xc1,\x02\xff\n\x00VP5\xa5v\xf9x\xfe"

== RESTORE
> RESTORE k 0 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce"
+OK
> GET k
"v"
> TTL k
:-1
> OBJECT ENCODING k
"embstr"
> RESTORE k 0 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce"
-BUSYKEY Target key name already exists.
> RESTORE k 0 ""
-BUSYKEY Target key name already exists.
> RESTORE k abc ""
-BUSYKEY Target key name already exists.
> RESTORE k 0 "\x12\x01\x02\x17\x17\x00\x00\x00\x06\x00\x81a\x02\x81b\x02\x81c\x02\x01\x01\x02\x01\xc1,\x02\xff\n\x00VP5\xa5v\xf9x\xfe" REPLACE
+OK
> LRANGE k 0 -1
[ "a" "b" "c" "1" "2" "300" ]
> RESTORE k 5000 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" replace
+OK
> GET k
"v"
> PTTL k
:4000..5000
> RESTORE k 33177117420000 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" REPLACE ABSTTL
+OK
> PEXPIRETIME k
:33177117420000
> RESTORE l 33177117420000 "\x12\x01\x02\x17\x17\x00\x00\x00\x06\x00\x81a\x02\x81b\x02\x81c\x02\x01\x01\x02\x01\xc1,\x02\xff\n\x00VP5\xa5v\xf9x\xfe" absttl
+OK
> PEXPIRETIME l
:33177117420000
> RESTORE l 0 "\x12\x01\x02\x17\x17\x00\x00\x00\x06\x00\x81a\x02\x81b\x02\x81c\x02\x01\x01\x02\x01\xc1,\x02\xff\n\x00VP5\xa5v\xf9x\xfe" REPLACE
+OK
> TTL l
:-1
> RPUSH l more
:7
> LRANGE l 5 6
[ "300" "more" ]
commandstats restore.calls >=+6
errorstats BUSYKEY +3

== a deadline that is over
> RESTORE k 1 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" ABSTTL
+OK
> EXISTS k
:0
> SET k old
+OK
> RESTORE k 1 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" ABSTTL
-BUSYKEY Target key name already exists.
> RESTORE k 1 "broken" ABSTTL REPLACE
-ERR DUMP payload version or checksum are wrong
> GET k
"old"
> RESTORE k 1 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" ABSTTL REPLACE
+OK
> EXISTS k
:0
> RESTORE k 9223372036854775807 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce"
+OK
> EXISTS k
:0
> RESTORE k 9223372036854775807 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" ABSTTL
+OK
> PEXPIRETIME k
:9223372036854775807

== IDLETIME and FREQ
> RESTORE k 0 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" IDLETIME 1000
+OK
> RESTORE k 0 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" REPLACE FREQ 255
+OK
> RESTORE k 0 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce" idletime 0 replace absttl idletime 5
+OK
> RESTORE k 0 x IDLETIME -1
-ERR Invalid IDLETIME value, must be >= 0
> RESTORE k 0 x IDLETIME abc
-ERR value is not an integer or out of range
> RESTORE k 0 x FREQ -1
-ERR Invalid FREQ value, must be >= 0 and <= 255
> RESTORE k 0 x FREQ 256
-ERR Invalid FREQ value, must be >= 0 and <= 255
> RESTORE k 0 x FREQ abc
-ERR value is not an integer or out of range
> RESTORE k 0 x IDLETIME
-ERR syntax error
> RESTORE k 0 x FREQ
-ERR syntax error
> RESTORE k 0 x IDLETIME 1 FREQ 1
-ERR syntax error
> RESTORE k 0 x FREQ 1 IDLETIME 1
-ERR syntax error
> RESTORE k 0 x WRONG
-ERR syntax error

== RESTORE errors
> RESTORE k -1 x
-ERR Invalid TTL value, must be >= 0
> RESTORE k abc x
-ERR value is not an integer or out of range
> RESTORE k 0 x
-ERR DUMP payload version or checksum are wrong
> RESTORE k 0 ""
-ERR DUMP payload version or checksum are wrong
> RESTORE k 0 "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xcf"
-ERR DUMP payload version or checksum are wrong
> RESTORE k 0 "\x00\x01v\x0b\x00\x91\x08\xce\xb2\x198\x8a\xce"
-ERR DUMP payload version or checksum are wrong
> EXISTS k
:0
> RESTORE k 0
-ERR wrong number of arguments for 'restore' command
> RESTORE k
-ERR wrong number of arguments for 'restore' command
