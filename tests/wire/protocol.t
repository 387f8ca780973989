# The protocol itself: inline commands, empty lines, broken frames.

== inline commands
>> PING\r\n
+PONG
>> PING\n
+PONG
>> SET k v\r\nGET k\r\n
+OK
"v"
>>   SET   k    spaced   \r\n
+OK
>> GET k\r\n
"spaced"
>> SET k "a \\x00b\\r\\n\\t\\"q\\""\r\nGET k\r\n
+OK
"a \x00b\r\n\t\"q\""
>> SET k 'a \\' b\\n'\r\nGET k\r\n
+OK
"a ' b\\n"
>> SET k ""\r\nGET k\r\n
+OK
""
>> set "k" 'v'\r\n
+OK
>> GET\tk\r\n
"v"
>> NOSUCH a\r\n
-ERR unknown command 'NOSUCH', with args beginning with: 'a'\x20
>> GET\r\n
-ERR wrong number of arguments for 'get' command

== empty lines and empty requests
>> \r\n\r\n\nPING\r\n
+PONG
>> *0\r\nPING\r\n
+PONG
>> *-1\r\nPING\r\n
+PONG
>> *-5\r\nPING\r\n
+PONG
>>    \r\nPING\r\n
+PONG

== inline with unbalanced quotes
>> SET k "abc\r\n
-ERR Protocol error: unbalanced quotes in request
closed
stat total_error_replies +1

== inline with text after a quote
>> SET k "abc"d\r\n
-ERR Protocol error: unbalanced quotes in request
closed

== inline with an unclosed single quote
>> SET k 'abc\r\n
-ERR Protocol error: unbalanced quotes in request
closed

== an inline request without end
>> ${x*70000}
-ERR Protocol error: too big inline request
closed

== multibulk count that is no number
>> *abc\r\n
-ERR Protocol error: invalid multibulk length
closed

== multibulk count that is empty
>> *\r\nPING\r\n
-ERR Protocol error: invalid multibulk length
abandon A

== multibulk count that is huge
>> *2147483648\r\n
-ERR Protocol error: invalid multibulk length
closed

== multibulk count beyond 64 bits
>> *99999999999999999999\r\n
-ERR Protocol error: invalid multibulk length
closed

== multibulk count with a plus sign
>> *+1\r\n$4\r\nPING\r\n
-ERR Protocol error: invalid multibulk length
closed

== a count line without end
>> *${1*70000}
-ERR Protocol error: too big mbulk count string
closed

== not a bulk string
>> *1\r\n:1\r\n
-ERR Protocol error: expected '$', got ':'
closed

== not a bulk string but text
>> *1\r\nPING\r\n
-ERR Protocol error: expected '$', got 'P'
closed

== bulk length that is no number
>> *1\r\n$abc\r\n
-ERR Protocol error: invalid bulk length
closed

== bulk length that is negative
>> *2\r\n$3\r\nGET\r\n$-1\r\n
-ERR Protocol error: invalid bulk length
closed

== bulk length that is huge
>> *2\r\n$3\r\nGET\r\n$536870913\r\n
-ERR Protocol error: invalid bulk length
closed

== bulk length beyond 64 bits
>> *2\r\n$3\r\nGET\r\n$99999999999999999999\r\n
-ERR Protocol error: invalid bulk length
closed

== bulk length that is empty
>> *1\r\n$\r\n
-ERR Protocol error: invalid bulk length
closed

== a bulk length line without end
>> *1\r\n$${1*70000}
-ERR Protocol error: too big bulk count string
closed

== commands before a broken frame are answered
>> *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n!oops\r\n*1\r\n$4\r\nPING\r\n
+OK
"v"
-ERR Protocol error: expected '$', got '!'
closed
B> GET k
"v"

== a request in pieces
>> *2\r\n$3\r\nG
wait 20
>> ET\r\n$1
wait 20
>> \r\nk\r
wait 20
>> \n
$-1

== empty arguments
>> *3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n
+OK
""
>> *1\r\n$0\r\n\r\n
-ERR unknown command '', with args beginning with:\x20

== half a request, then the client goes away
A>> *2\r\n$3\r\nGET\r\n$5\r\nab
close A
B> PING
+PONG

== inline and multibulk mixed
>> PING\r\n*1\r\n$4\r\nPING\r\nECHO x\r\n*2\r\n$4\r\nECHO\r\n$1\r\ny\r\n
+PONG
+PONG
"x"
"y"
