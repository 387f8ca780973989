# CLIENT and its subcommands.

== CLIENT ID
> CLIENT ID
:?first
B> CLIENT ID
:?second
A> CLIENT ID
:${first}
> CLIENT ID x
-ERR wrong number of arguments for 'client|id' command
> client id
:${first}

== CLIENT SETNAME and GETNAME
> CLIENT GETNAME
$-1
> CLIENT SETNAME me
+OK
> CLIENT GETNAME
"me"
> CLIENT SETNAME "with space"
-ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT SETNAME "new\nline"
-ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT SETNAME "\x01"
-ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT SETNAME "\xff"
-ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT GETNAME
"me"
> CLIENT SETNAME "a!~b"
+OK
> CLIENT GETNAME
"a!~b"
> CLIENT SETNAME ""
+OK
> CLIENT GETNAME
$-1
> CLIENT SETNAME
-ERR wrong number of arguments for 'client|setname' command
> CLIENT SETNAME a b
-ERR wrong number of arguments for 'client|setname' command
> CLIENT GETNAME x
-ERR wrong number of arguments for 'client|getname' command
commandstats client|setname.calls >=+4
commandstats client|getname.calls +5

== CLIENT GETNAME in RESP3 [resp3]
> CLIENT GETNAME
_
> CLIENT SETNAME x
+OK
> CLIENT GETNAME
"x"

== CLIENT INFO
> CLIENT SETNAME me
+OK
> SELECT 3
+OK
> CLIENT ID
:?id
> CLIENT INFO
$/id=${id} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=me age=\d+ idle=\d+ flags=N db=3 .*cmd=client\|info user=default .*resp=2[^\n]*\n/
> HELLO 3
any
> CLIENT INFO
=txt/id=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=me age=\d+ idle=\d+ flags=N db=3 .*cmd=client\|info user=default .*resp=3[^\n]*\n/
> CLIENT INFO x
-ERR wrong number of arguments for 'client|info' command

== CLIENT LIST
A> CLIENT SETNAME first
+OK
A> CLIENT ID
:?a
B> CLIENT SETNAME second
+OK
B> CLIENT ID
:?b
A> CLIENT LIST
$/(id=[^\n]*\n)*id=${a} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=first age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|list user=default .*resp=2[^\n]*\n(id=[^\n]*\n)*id=${b} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=second age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|id user=default .*resp=2[^\n]*\n(id=[^\n]*\n)*/
A> CLIENT LIST ID ${a}
$/id=${a} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=first age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|list user=default .*resp=2[^\n]*\n/
A> CLIENT LIST ID ${a} ${b}
$/id=${a} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=first age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|list user=default .*resp=2[^\n]*\nid=${b} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=second age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|id user=default .*resp=2[^\n]*\n/
A> CLIENT LIST ID 99999999
""
A> CLIENT LIST ID ${a} 99999999
$/id=${a} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=first age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|list user=default .*resp=2[^\n]*\n/
A> CLIENT LIST TYPE normal
$/(id=[^\n]*\n)*id=${a} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=first age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|list user=default .*resp=2[^\n]*\n(id=[^\n]*\n)*id=${b} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=second age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|id user=default .*resp=2[^\n]*\n(id=[^\n]*\n)*/
A> CLIENT LIST TYPE NORMAL
$/(id=[^\n]*\n)*id=${a} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=first age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|list user=default .*resp=2[^\n]*\n(id=[^\n]*\n)*id=${b} addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=-?\d+ name=second age=\d+ idle=\d+ flags=N db=0 .*cmd=client\|id user=default .*resp=2[^\n]*\n(id=[^\n]*\n)*/
A> CLIENT LIST TYPE pubsub
""
A> CLIENT LIST TYPE master
""
A> CLIENT LIST TYPE replica
""
A> CLIENT LIST TYPE slave
""
A> CLIENT LIST TYPE wrong
-ERR Unknown client type 'wrong'
A> CLIENT LIST TYPE
-ERR syntax error
A> CLIENT LIST ID
-ERR syntax error
A> CLIENT LIST ID abc
-ERR Invalid client ID
A> CLIENT LIST ID 0
""
A> CLIENT LIST ID -1
""
A> CLIENT LIST WRONG
-ERR syntax error
A> CLIENT LIST WRONG x
-ERR syntax error
A> CLIENT LIST TYPE normal ID 1
-ERR syntax error

== CLIENT KILL by id
A> PING
+PONG
B> CLIENT ID
:?b
A> CLIENT KILL ID ${b}
:1
B:
closed
A> CLIENT KILL ID ${b}
:0
A> CLIENT KILL ID 99999999
:0
A> CLIENT KILL ID 0
-ERR client-id should be greater than 0
A> CLIENT KILL ID -1
-ERR client-id should be greater than 0
A> CLIENT KILL ID abc
-ERR client-id should be greater than 0
A> CLIENT KILL ID
-ERR No such client

== CLIENT KILL by address
B> CLIENT ID
:?b
A> CLIENT KILL 127.0.0.1:1
-ERR No such client
A> CLIENT KILL ADDR 127.0.0.1:1
:0
A> CLIENT KILL wrong
-ERR No such client
A> CLIENT KILL LADDR 127.0.0.1:1
:0
A> CLIENT KILL ADDR
-ERR No such client
B> PING
+PONG
B> CLIENT INFO
$/.* addr=(?P<addr>\S+) laddr=(?P<laddr>\S+) .*/
A> CLIENT KILL ADDR ${addr} ID 99999999
:0
A> CLIENT KILL ADDR ${laddr}
:0
A> CLIENT KILL ADDR ${addr} LADDR ${laddr}
:1
B:
closed
C> CLIENT INFO
$/.* addr=(?P<old>\S+) .*/
A> CLIENT KILL ${old}
+OK
C:
closed
A> CLIENT KILL ${old}
-ERR No such client

== CLIENT KILL with filters
A> CLIENT ID
:?a
B> PING
+PONG
C> PING
+PONG
A> CLIENT KILL TYPE pubsub
:0
A> CLIENT KILL TYPE wrong
-ERR Unknown client type 'wrong'
A> CLIENT KILL USER nobody
-ERR No such user 'nobody'
A> CLIENT KILL SKIPME maybe
-ERR syntax error
A> CLIENT KILL SKIPME
-ERR No such client
A> CLIENT KILL WRONG x
-ERR syntax error
A> CLIENT KILL ID ${a} SKIPME yes
:0
A> CLIENT KILL ID ${a} SKIPME no TYPE pubsub
:0
A> CLIENT KILL ID ${a} TYPE normal USER default
:0
B> PING
+PONG
C> PING
+PONG
A> CLIENT KILL
-ERR wrong number of arguments for 'client|kill' command

== CLIENT KILL of everybody else
A> PING
+PONG
B> PING
+PONG
C> PING
+PONG
A> CLIENT KILL TYPE normal
:2..3
B:
closed
C:
closed
A> PING
+PONG

== CLIENT KILL of oneself
> PING
+PONG
> CLIENT ID
:?me
> CLIENT KILL ID ${me} SKIPME no
:1
closed

== CLIENT SETINFO [kv]
> CLIENT SETINFO LIB-NAME redis-py
+OK
> CLIENT SETINFO LIB-VER 5.0.1
+OK
> CLIENT INFO
$/.* lib-name=redis-py lib-ver=5\.0\.1.*/
> CLIENT SETINFO lib-name "redis-py(with)"
+OK
> CLIENT SETINFO LIB-NAME ""
+OK
> CLIENT SETINFO LIB-NAME "a b"
-ERR lib-name cannot contain spaces, newlines or special characters.
> CLIENT SETINFO LIB-VER "a\nb"
-ERR lib-ver cannot contain spaces, newlines or special characters.
> CLIENT SETINFO WRONG x
-ERR Unrecognized option 'WRONG'
> CLIENT SETINFO LIB-NAME
-ERR wrong number of arguments for 'client|setinfo' command
> CLIENT SETINFO LIB-NAME a b
-ERR wrong number of arguments for 'client|setinfo' command

== CLIENT, unknown subcommands
> CLIENT
-ERR wrong number of arguments for 'client' command
> CLIENT NOSUCH
-ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.
> CLIENT nosuch a b
-ERR unknown subcommand 'nosuch'. Try CLIENT HELP.
> CLIENT MAINT_NOTIFICATIONS ON
-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.
> PING
+PONG
errorstats ERR +4

== CLIENT LIST shows the database of each
A> SELECT 7
+OK
B> CLIENT LIST
$/.* db=7 .*/

== clients are counted
stat connected_clients ~1
mark
A> PING
+PONG
B> PING
+PONG
stat connected_clients ~+2
close B
stat connected_clients ~+1
stat total_connections_received +2

== CLIENT LIST names the last command, refused ones too
B> CLIENT ID
:?b
B> GET
-ERR wrong number of arguments for 'get' command
A> CLIENT LIST ID ${b}
$/[^\n]* cmd=get [^\n]*\n/
B> NOSUCH
-/ERR unknown command .*/
A> CLIENT LIST ID ${b}
$/[^\n]* cmd=NULL [^\n]*\n/
B> CONFIG NOSUCH
-/ERR unknown subcommand .*/
A> CLIENT LIST ID ${b}
$/[^\n]* cmd=NULL [^\n]*\n/

== a killed client is gone for what follows in a transaction
B> CLIENT ID
:?b
A> MULTI
+OK
> CLIENT KILL ID ${b}
+QUEUED
> CLIENT KILL ID ${b}
+QUEUED
> CLIENT LIST ID ${b}
+QUEUED
> CLIENT UNBLOCK ${b}
+QUEUED
> EXEC
[:1 :0 "" :0]
B:
closed
