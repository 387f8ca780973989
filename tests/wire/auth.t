# A server with a password.
options: --requirepass "s3cret word"
password: s3cret word

== nothing without AUTH
> GET k
-NOAUTH Authentication required.
> PING
-NOAUTH Authentication required.
> SET k v
-NOAUTH Authentication required.
> NOSUCH
-ERR unknown command 'NOSUCH', with args beginning with:\x20
> SELECT 1
-NOAUTH Authentication required.
> CLIENT ID
-NOAUTH Authentication required.
> COMMAND COUNT
-NOAUTH Authentication required.
> GET
-ERR wrong number of arguments for 'get' command
> ECHO x
-NOAUTH Authentication required.
> HELLO
-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
> HELLO 3
-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
> HELLO 2
-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
> RESET
+RESET
> AUTH "s3cret word"
+OK
> PING
+PONG
> GET k
$-1
errorstats NOAUTH >=+9
commandstats get.rejected_calls >=+1

== wrong passwords
> AUTH wrong
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH "s3cret word "
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH ""
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH default wrong
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH nobody "s3cret word"
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH
-ERR wrong number of arguments for 'auth' command
> AUTH a b c
-ERR syntax error
> PING
-NOAUTH Authentication required.
> AUTH "s3cret word"
+OK
> AUTH wrong
-WRONGPASS invalid username-password pair or user is disabled.
> PING
+PONG
errorstats WRONGPASS +6

== AUTH with a name
> AUTH default "s3cret word"
+OK
> PING
+PONG

== HELLO with AUTH
> HELLO 3 AUTH default wrong
-WRONGPASS invalid username-password pair or user is disabled.
> PING
-NOAUTH Authentication required.
> HELLO 3 AUTH default "s3cret word" SETNAME me
{"server" "redis" ...}
> CLIENT GETNAME
"me"
> GET k
_

== HELLO 2 with AUTH
> HELLO 2 AUTH default "s3cret word"
["server" "redis" ...]
> PING
+PONG

== RESET forgets who it was
> AUTH "s3cret word"
+OK
> PING
+PONG
> RESET
+RESET
> PING
-NOAUTH Authentication required.

== QUIT needs no password
> QUIT
+OK
closed

== the password changes at run time
> AUTH "s3cret word"
+OK
> CONFIG GET requirepass
["requirepass" "s3cret word"]
> CONFIG SET requirepass other
+OK
B> AUTH "s3cret word"
-WRONGPASS invalid username-password pair or user is disabled.
B> AUTH other
+OK
A> PING
+PONG
A> CONFIG SET requirepass ""
+OK
C> PING
+PONG
C> GET k
$-1
A> CONFIG SET requirepass "s3cret word"
+OK
C> GET k
$-1
D> GET k
-NOAUTH Authentication required.

== strangers are held short: many arguments
>> *11\r\n
-ERR Protocol error: unauthenticated multibulk length
closed

== strangers are held short: long arguments
>> *2\r\n$4\r\nAUTH\r\n$16385\r\n
-ERR Protocol error: unauthenticated bulk length
closed

== strangers are held short: within the bounds
> AUTH ${x*16384}
-WRONGPASS invalid username-password pair or user is disabled.
> AUTH a b c d e f g h i
-ERR syntax error
> PING
-NOAUTH Authentication required.
