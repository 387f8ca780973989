# MULTI, EXEC, DISCARD: the queue, its errors, and what is executed.

== a transaction
> MULTI
+OK
> SET a 1
+QUEUED
> INCR a
+QUEUED
> GET a
+QUEUED
B> GET a
$-1
A> EXEC
[ +OK :2 "2" ]
> GET a
"2"
> EXEC
-ERR EXEC without MULTI
commandstats set.calls +1
commandstats incr.calls +1
commandstats multi.calls +1
commandstats exec.calls +2
commandstats exec.failed_calls +1
commandstats get.calls +3

== nothing is counted before EXEC
> MULTI
+OK
> SET a 1
+QUEUED
> SET b 2
+QUEUED
commandstats set.calls +0
> DISCARD
+OK
> EXISTS a b
:0
commandstats set.calls +0

== an empty transaction
> MULTI
+OK
> EXEC
[ ]
> MULTI
+OK
> EXEC
[ ]

== an empty transaction in RESP3 [resp3]
> MULTI
+OK
> EXEC
[ ]

== without MULTI
> EXEC
-ERR EXEC without MULTI
> DISCARD
-ERR DISCARD without MULTI
> EXEC x
-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
> DISCARD x
-ERR wrong number of arguments for 'discard' command
> MULTI x
-ERR wrong number of arguments for 'multi' command
> UNWATCH x
-ERR wrong number of arguments for 'unwatch' command
> WATCH
-ERR wrong number of arguments for 'watch' command
commandstats exec.rejected_calls +1
errorstats EXECABORT +1

== EXEC refused ends the transaction
> MULTI
+OK
> SET a 1
+QUEUED
> EXEC x
-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
> EXEC
-ERR EXEC without MULTI
> EXISTS a
:0

== MULTI and WATCH within MULTI
> MULTI
+OK
> MULTI
-ERR MULTI calls can not be nested
> WATCH a
-ERR WATCH inside MULTI is not allowed
> PING
+QUEUED
> EXEC
[ +PONG ]

== MULTI with arguments fails the transaction
> MULTI
+OK
> MULTI x
-ERR wrong number of arguments for 'multi' command
> PING
+QUEUED
> EXEC
-EXECABORT Transaction discarded because of previous errors.

== an unknown command fails the transaction
> MULTI
+OK
> SET a 1
+QUEUED
> NOSUCH x y
-ERR unknown command 'NOSUCH', with args beginning with: 'x' 'y'\x20
> SET b 1
+QUEUED
> EXEC
-EXECABORT Transaction discarded because of previous errors.
> EXISTS a b
:0
> EXEC
-ERR EXEC without MULTI
> MULTI
+OK
> SET a 1
+QUEUED
> EXEC
[ +OK ]

== too few arguments fail the transaction
> MULTI
+OK
> GET
-ERR wrong number of arguments for 'get' command
> EXEC
-EXECABORT Transaction discarded because of previous errors.

== an unknown subcommand fails the transaction
> MULTI
+OK
> CLIENT NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.
> CLIENT
-ERR wrong number of arguments for 'client' command
> EXEC
-EXECABORT Transaction discarded because of previous errors.

== DISCARD with arguments fails the transaction
> MULTI
+OK
> DISCARD x
-ERR wrong number of arguments for 'discard' command
> EXEC
-EXECABORT Transaction discarded because of previous errors.

== commands that are not allowed
> MULTI
+OK
> SHUTDOWN NOSAVE
-ERR Command not allowed inside a transaction
> EXEC
-EXECABORT Transaction discarded because of previous errors.

== an error while it is executed does not stop the rest
> MULTI
+OK
> SET a text
+QUEUED
> INCR a
+QUEUED
> LPUSH a x
+QUEUED
> SET b 1 NX XX
+QUEUED
> SET c 3
+QUEUED
> EXEC
[ +OK -/ERR value is not an integer or out of range/ -/WRONGTYPE Operation against a key holding the wrong kind of value/ -/ERR syntax error/ +OK ]
> MGET a b c
[ "text" $-1 "3" ]
commandstats incr.failed_calls +1
commandstats exec.failed_calls +0
errorstats ERR +2
errorstats WRONGTYPE +1

== DISCARD
> MULTI
+OK
> SET a 1
+QUEUED
> DISCARD
+OK
> EXISTS a
:0
> DISCARD
-ERR DISCARD without MULTI
> MULTI
+OK
> NOSUCH
-ERR unknown command 'NOSUCH', with args beginning with:\x20
> DISCARD
+OK
> MULTI
+OK
> PING
+QUEUED
> EXEC
[ +PONG ]

== RESET ends the transaction
> MULTI
+OK
> SET a 1
+QUEUED
> RESET
+RESET
> EXEC
-ERR EXEC without MULTI
> EXISTS a
:0

== QUIT is not queued
B> MULTI
+OK
B> SET a 1
+QUEUED
B> QUIT
+OK
closed
A> EXISTS a
:0

== a connection that closes takes its transaction with it
B> MULTI
+OK
B> SET a 1
+QUEUED
close B
A> EXISTS a
:0

== SELECT within a transaction
> SET a zero
+OK
> MULTI
+OK
> SELECT 1
+QUEUED
> SET a one
+QUEUED
> GET a
+QUEUED
> SELECT 16
+QUEUED
> GET a
+QUEUED
> EXEC
[ +OK +OK "one" -/ERR DB index is out of range/ "one" ]
> GET a
"one"
> SELECT 0
+OK
> GET a
"zero"
> SELECT 1
+OK
> FLUSHDB
+OK

== the protocol changes within a transaction
> MULTI
+OK
> GET nope
+QUEUED
> HELLO 3
+QUEUED
> GET nope
+QUEUED
> CONFIG GET databases
+QUEUED
> HELLO 2
+QUEUED
> GET nope
+QUEUED
> EXEC
[ $-1 { ... } _ { "databases" "16" } [ ... ] $-1 ]

== values of every size are queued
> MULTI
+OK
> SET a ${x*100}
+QUEUED
> SET b ${x*500}
+QUEUED
> SET c ${x*511}
+QUEUED
> SET d ${x*5000}
+QUEUED
> SET e ${x*300000}
+QUEUED
> SET f ""
+QUEUED
> MSET g 1 h ${y*1000} i 3
+QUEUED
> STRLEN e
+QUEUED
> MGET a b c d f g h i
+QUEUED
> EXEC
[ +OK +OK +OK +OK +OK +OK +OK :300000 [ "${x*100}" "${x*500}" "${x*511}" "${x*5000}" "" "1" "${y*1000}" "3" ] ]

== a thousand values of a thousand bytes
> SET v ${x*1000}
+OK
> MULTI
+OK
repeat 1000
> GET v
+QUEUED
> STRLEN v
+QUEUED
> EXEC
[ "${x*1000}" ... ]

== what one command adds another may reply
> RPUSH l a b c d e
:5
> MULTI
+OK
> LPUSH l ${x*300}
+QUEUED
> LRANGE l 0 1
+QUEUED
> RPOP l
+QUEUED
> LPOP l 2
+QUEUED
> LINDEX l 0
+QUEUED
> SET l text
+QUEUED
> APPEND l ${y*200}
+QUEUED
> GET l
+QUEUED
> SET l new GET
+QUEUED
> DEL l
+QUEUED
> LRANGE l 0 -1
+QUEUED
> EXEC
[ :6 [ "${x*300}" "a" ] "e" [ "${x*300}" "a" ] "b" +OK :204 "text${y*200}" "text${y*200}" :1 [ ] ]

== the last COUNT of LPOS says how many positions there are
repeat 300
> RPUSH l x
any
> MULTI
+OK
> RPUSH l x
+QUEUED
> LPOS l x COUNT 1 COUNT 300
+QUEUED
> LPOS l x COUNT 300 COUNT 1
+QUEUED
> EXEC
[:301 [:0 :1 :2 :3 :4 :5 :6 :7 :8 :9 :10 :11 :12 :13 :14 :15 :16 :17 :18 :19 :20 :21 :22 :23 :24 :25 :26 :27 :28 :29 :30 :31 :32 :33 :34 :35 :36 :37 :38 :39 :40 :41 :42 :43 :44 :45 :46 :47 :48 :49 :50 :51 :52 :53 :54 :55 :56 :57 :58 :59 :60 :61 :62 :63 :64 :65 :66 :67 :68 :69 :70 :71 :72 :73 :74 :75 :76 :77 :78 :79 :80 :81 :82 :83 :84 :85 :86 :87 :88 :89 :90 :91 :92 :93 :94 :95 :96 :97 :98 :99 :100 :101 :102 :103 :104 :105 :106 :107 :108 :109 :110 :111 :112 :113 :114 :115 :116 :117 :118 :119 :120 :121 :122 :123 :124 :125 :126 :127 :128 :129 :130 :131 :132 :133 :134 :135 :136 :137 :138 :139 :140 :141 :142 :143 :144 :145 :146 :147 :148 :149 :150 :151 :152 :153 :154 :155 :156 :157 :158 :159 :160 :161 :162 :163 :164 :165 :166 :167 :168 :169 :170 :171 :172 :173 :174 :175 :176 :177 :178 :179 :180 :181 :182 :183 :184 :185 :186 :187 :188 :189 :190 :191 :192 :193 :194 :195 :196 :197 :198 :199 :200 :201 :202 :203 :204 :205 :206 :207 :208 :209 :210 :211 :212 :213 :214 :215 :216 :217 :218 :219 :220 :221 :222 :223 :224 :225 :226 :227 :228 :229 :230 :231 :232 :233 :234 :235 :236 :237 :238 :239 :240 :241 :242 :243 :244 :245 :246 :247 :248 :249 :250 :251 :252 :253 :254 :255 :256 :257 :258 :259 :260 :261 :262 :263 :264 :265 :266 :267 :268 :269 :270 :271 :272 :273 :274 :275 :276 :277 :278 :279 :280 :281 :282 :283 :284 :285 :286 :287 :288 :289 :290 :291 :292 :293 :294 :295 :296 :297 :298 :299] [:0]]

== commands that would block do not
> MULTI
+OK
> BLPOP nope 0
+QUEUED
> BLMOVE nope other LEFT RIGHT 0
+QUEUED
> BRPOPLPUSH nope other 0
+QUEUED
> BLMPOP 0 1 nope LEFT
+QUEUED
> RPUSH nope x
+QUEUED
> BRPOP nope 0
+QUEUED
> EXEC
[ *-1 $-1 $-1 *-1 :1 [ "nope" "x" ] ]

== those who wait are served after EXEC
B> BLPOP l 0
A> MULTI
+OK
> RPUSH l a
+QUEUED
> RPUSH l b
+QUEUED
> LPOP l
+QUEUED
> LLEN l
+QUEUED
> EXEC
[ :1 :2 "a" :1 ]
B:
[ "l" "b" ]
A> EXISTS l
:0

== the state of the connection is listed
> MULTI
+OK
> CLIENT INFO
+QUEUED
> SET a 1
+QUEUED
B> CLIENT LIST
$/(?s).* flags=x .* multi=2 .*cmd=set .*/
A> EXEC
[ $/(?s).* flags=x db=0 .* multi=2 .*cmd=exec .*/ +OK ]
> CLIENT INFO
$/(?s).* flags=N .* multi=-1 .* multi-mem=0 .*/
