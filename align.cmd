@echo off
rem Starts Align4J: from a checkout (builds it when needed) or from an unpacked align4j-VERSION.zip (bin\align.cmd).
rem No block in parentheses says a path: that of "Program Files (x86)" would end it.
rem ALIGN4J_HEAP, ALIGN4J_JAVA_OPTS, ALIGN4J_CLASSPATH, ALIGN4J_MAVEN_ARGS and JAVA_HOME as in the file "align".
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "HERE=%HERE:~0,-1%"

set "JAVA=java.exe"
if not defined JAVA_HOME goto onpath
set "JAVA=%JAVA_HOME%\bin\java.exe"
if exist "%JAVA%" goto tried
call :say "JAVA_HOME is !JAVA_HOME!, which has no bin\java.exe; set it to a JDK 17 or later."
exit /b 2
:onpath
where java.exe >nul 2>&1 && goto tried
call :say "there is no java on the PATH; install JDK 17 or later, or set JAVA_HOME."
exit /b 2
:tried
if not defined ALIGN4J_HEAP set "ALIGN4J_HEAP=1g"
rem What Java says for itself is looked at where it doesn't start: too little memory is no wrong version.
set "SAID=%TEMP%\align4j-java-%RANDOM%%RANDOM%"
"%JAVA%" "-Xms%ALIGN4J_HEAP%" "-Xmx%ALIGN4J_HEAP%" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ErrorFile=NUL -version >"%SAID%" 2>&1 && goto started
type "%SAID%" >&2
del "%SAID%"
call :say "!JAVA! doesn't start, as said above. Its heap is ALIGN4J_HEAP=!ALIGN4J_HEAP!; lower that (256m is enough for small models)."
exit /b 2
:started
set "VERSION=unknown"
set "MAJOR=0"
for /f "usebackq tokens=2,3" %%a in ("%SAID%") do if /i "%%a"=="version" set "VERSION=%%~b"
del "%SAID%"
for /f "delims=.-+ tokens=1" %%m in ("%VERSION%") do set "MAJOR=%%m"
if "%MAJOR%"=="unknown" set "MAJOR=0"
if %MAJOR% GEQ 17 goto found
call :say "!JAVA! is version !VERSION!; Align4J needs JDK 17 or later (set JAVA_HOME)."
exit /b 2
:found

if not exist "%HERE%\pom.xml" goto unpacked
set "ALIGN_HOME=%HERE%"
rem The root of a drive has no name without its backslash.
if "%HERE:~-1%"==":" set "ALIGN_HOME=%HERE%\."
set "APP=%HERE%\examples\target\app"
rem All sources, $f, of modules and of those within them, for PowerShell, which reads paths from the environment: one may have an apostrophe.
set "SOURCES=$d=@(Get-ChildItem -LiteralPath ($env:HERE + '\') -Directory | ForEach-Object { $_.FullName; Get-ChildItem -LiteralPath $_.FullName -Directory | ForEach-Object { $_.FullName } }); $p=@($env:HERE + '\pom.xml') + @($d | ForEach-Object { $_ + '\pom.xml' }); $m=@($d | ForEach-Object { $_ + '\src\main'; $_ + '\src\assembly' }); $f=@($p | Where-Object { Test-Path -LiteralPath $_ } | ForEach-Object { Get-Item -LiteralPath $_ }) + @($m | Where-Object { Test-Path -LiteralPath $_ } | ForEach-Object { Get-ChildItem -LiteralPath $_ -Recurse -File })"
call :uptodate && goto built
where mvn >nul 2>&1 && goto maven
call :say "there is no mvn on the PATH; building from a checkout needs Maven 3.8 or later."
exit /b 2
:maven
if not exist "%APP%" mkdir "%APP%"
rem A lock of earlier versions was a folder, which stayed after Ctrl-C.
if exist "%APP%\lock\" rmdir "%APP%\lock"
:lock
rem The lock is a file that is open for writing: Windows closes it when its process ends, however that ends.
2>nul (ver >nul 9>"%APP%\lock") || goto wait
set "HELD="
set "FAILED="
call :locked 9>"%APP%\lock"
if not defined HELD goto lock
if defined FAILED exit /b 1
goto built
:wait
if not defined WAITS call :say "waiting for another process, which builds; what it does stands in !APP!\build.log"
set "WAITS=true"
ping -n 2 127.0.0.1 >nul
goto lock
:built
set /p BUILT=<"%APP%\current"
set "LIB=%APP%\%BUILT%\lib"
goto start

:unpacked
for %%d in ("%HERE%\..") do set "ALIGN_HOME=%%~fd"
rem A backslash at the end would take the quotation mark behind it for a sign.
if "%ALIGN_HOME:~-1%"=="\" set "ALIGN_HOME=%ALIGN_HOME%."
set "LIB=%ALIGN_HOME%\lib"
if exist "%LIB%" goto start
call :say "there is no !LIB!; unpack the whole zip and start bin\%~nx0 inside it."
exit /b 2

:start
if not defined DJL_OFFLINE set "DJL_OFFLINE=true"
if not defined OPT_OUT_TRACKING set "OPT_OUT_TRACKING=true"
if not defined RUST_FLAVOR set "RUST_FLAVOR=cpu"
if not defined OMP_DYNAMIC set "OMP_DYNAMIC=false"
if not defined MKL_DYNAMIC set "MKL_DYNAMIC=FALSE"
if not defined MKL_CBWR set "MKL_CBWR=AUTO"
if not defined PYTORCH_CUDA_ALLOC_CONF set "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"
rem A semicolon without a name behind it would be the current folder, from which anybody's classes would come.
set "CP=%LIB%\*"
if not exist "%LIB%\spark" goto classes
set "CP=%CP%;%LIB%\spark\*"
if not defined ALIGN4J_CACHE (set "SPARK_CACHE=%LOCALAPPDATA%\align4j") else (set "SPARK_CACHE=%ALIGN4J_CACHE%")
if not defined SPARK_HOME set "SPARK_HOME=%SPARK_CACHE%\spark"
rem A cluster of this machine's own processes listens on loopback alone; where only a file names it, Java says what to set.
set ARGUMENTS=%*
setlocal EnableDelayedExpansion
set "LOCAL="
if defined ARGUMENTS if not "!ARGUMENTS:local-cluster[=!"=="!ARGUMENTS!" set "LOCAL=true"
endlocal & set "LOCAL=%LOCAL%"
if defined LOCAL if not defined SPARK_LOCAL_IP set "SPARK_LOCAL_IP=127.0.0.1"
:classes
if defined ALIGN4J_CLASSPATH set "CP=%CP%;%ALIGN4J_CLASSPATH%"
if "%CP:~-1%"=="\" set "CP=%CP%."
rem A heap below 100 MiB keeps the third for new objects that Java gives them.
set "YOUNG=-XX:MaxNewSize=48m"
if /i "%ALIGN4J_HEAP:~-1%"=="m" if "%ALIGN4J_HEAP:~3%"=="" set "YOUNG="
set "NATIVE="
if %MAJOR% GEQ 22 set "NATIVE=--enable-native-access=ALL-UNNAMED"
rem Batch files can't tell whether a person watches: Java looks (console), by its own console and not by JLine's.
rem Where Java itself dies, for want of memory above all, its last line says what to do.
set "DIED=-XX:OnError=echo align: Java ended, as it says above. Where memory was refused, lower ALIGN4J_HEAP or micro-batch-tokens. A run goes on from its last checkpoint with: align resume RUN 1>&2"
"%JAVA%" "-Xms%ALIGN4J_HEAP%" "-Xmx%ALIGN4J_HEAP%" %YOUNG% -XX:SurvivorRatio=2 -XX:+UseSerialGC -XX:-UsePerfData -Xlog:os+thread=off %NATIVE% "%DIED%" -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8 -Djava.awt.headless=true -Djdk.console=java.base -Dai.djl.default_engine=PyTorch -Dai.djl.pytorch.graph_optimizer=false "-Dalign4j.home=%ALIGN_HOME%" "-Dalign4j.program=%~n0" "-Dalign4j.terminal=console" %ALIGN4J_JAVA_OPTS% -cp "%CP%" org.align4j.core.cli.Align %*
exit /b %ERRORLEVEL%

rem Builds, while the lock is held, unless another process has built in the meantime.
:locked
set "HELD=true"
call :uptodate && exit /b 0
call :say "building, once: about a minute, and the first time as long as it takes Maven to fetch 300 MB of libraries; what it does stands in !APP!\build.log"
set "BEFORE=none"
if exist "%APP%\current" set /p BEFORE=<"%APP%\current"
set "NAME=build-%RANDOM%%RANDOM%"
mkdir "%APP%\%NAME%.new"
type nul >"%APP%\%NAME%.new\started"
setlocal EnableDelayedExpansion
>"!APP!\!NAME!.new\arguments" echo(!ALIGN4J_MAVEN_ARGS!
endlocal
call :contents "%APP%\%NAME%.new\contents"
call mvn -B -f "%HERE%\pom.xml" -Dquickly %ALIGN4J_MAVEN_ARGS% -pl examples -am package >"%APP%\build.log" 2>&1 || goto failed
move "%HERE%\examples\target\launch\lib" "%APP%\%NAME%.new\lib" >nul
move "%APP%\%NAME%.new" "%APP%\%NAME%" >nul
>"%APP%\current" echo %NAME%
rem A running align keeps its jars: Windows doesn't remove what is open, and the next build tries again.
for /d %%d in ("%APP%\build-*") do if not "%%~nxd"=="%NAME%" if not "%%~nxd"=="%BEFORE%" rmdir /s /q "%%d" 2>nul
exit /b 0
:failed
rmdir /s /q "%APP%\%NAME%.new"
findstr "ERROR" "%APP%\build.log" >&2
call :say "the build failed; !APP!\build.log has it all."
set "FAILED=true"
exit /b 1

rem What was built is current where its arguments are those of now and no source is newer, or the sources have the contents of then.
:uptodate
if not exist "%APP%\current" exit /b 1
set /p BUILT=<"%APP%\current"
if not exist "%APP%\%BUILT%\lib" exit /b 1
set "ARGS="
set /p ARGS=<"%APP%\%BUILT%\arguments"
setlocal EnableDelayedExpansion
if not "!ARGS!"=="!ALIGN4J_MAVEN_ARGS!" exit /b 1
endlocal
powershell -NoProfile -Command "%SOURCES%; $t=(Get-Item -LiteralPath (Join-Path $env:APP (Join-Path $env:BUILT 'started'))).LastWriteTime; if (@($f | Where-Object { $_.LastWriteTime -gt $t }).Count) { exit 1 }" && exit /b 0
if not exist "%APP%\%BUILT%\contents" exit /b 1
call :contents "%TEMP%\align4j-contents-%RANDOM%%RANDOM%"
fc /b "%CONTENTS%" "%APP%\%BUILT%\contents" >nul 2>&1
set "SAME=%ERRORLEVEL%"
del "%CONTENTS%" >nul 2>&1
if not "%SAME%"=="0" exit /b 1
type nul >"%APP%\%BUILT%\started"
exit /b 0

rem Writes a line with name and SHA-256 for each source, in the order of their names; the same in a copy of the checkout.
:contents
set "CONTENTS=%~1"
powershell -NoProfile -Command "%SOURCES%; $f | Sort-Object FullName | ForEach-Object { $_.FullName.Substring($env:HERE.Length) + ' ' + (Get-FileHash -LiteralPath $_.FullName).Hash } | Set-Content -LiteralPath $env:CONTENTS"
exit /b

rem Says a line whose variables stand in it as !NAME!: no sign of a path is read as a command then.
:say
setlocal EnableDelayedExpansion
>&2 echo align: %~1
exit /b
