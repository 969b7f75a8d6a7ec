@echo off
rem Starts Align4J: from a checkout (builds it when needed) or from an unpacked align4j-VERSION.zip (bin\align.cmd).
rem ALIGN4J_HEAP, ALIGN4J_JAVA_OPTS, ALIGN4J_MAVEN_ARGS and JAVA_HOME as in the file "align".
setlocal EnableExtensions
set "HERE=%~dp0"
set "HERE=%HERE:~0,-1%"

if defined JAVA_HOME (set "JAVA=%JAVA_HOME%\bin\java.exe") else (set "JAVA=java.exe")
if not defined ALIGN4J_HEAP set "ALIGN4J_HEAP=1g"
"%JAVA%" -Xms%ALIGN4J_HEAP% -Xmx%ALIGN4J_HEAP% -XX:+UseSerialGC -version >nul 2>&1 || (
    "%JAVA%" -Xms%ALIGN4J_HEAP% -Xmx%ALIGN4J_HEAP% -XX:+UseSerialGC -version >&2
    echo align: %JAVA% doesn't start, as said above; install JDK 17 or later, or set JAVA_HOME, or lower ALIGN4J_HEAP, which is %ALIGN4J_HEAP%. >&2
    exit /b 2
)
set "VERSION="
for /f "tokens=3" %%v in ('"%JAVA%" -version 2^>^&1 ^| findstr /i " version "') do if not defined VERSION set "VERSION=%%~v"
for /f "delims=.-+ tokens=1" %%m in ("%VERSION%") do set "MAJOR=%%m"
if %MAJOR% LSS 17 (
    echo align: %JAVA% is version %VERSION%; Align4J needs JDK 17 or later ^(set JAVA_HOME^). >&2
    exit /b 2
)

if not exist "%HERE%\pom.xml" goto unpacked
set "ALIGN_HOME=%HERE%"
set "APP=%HERE%\examples\target\app"
call :uptodate && goto built
where mvn >nul 2>&1 || (
    echo align: there is no mvn on the PATH; building from a checkout needs Maven 3.8 or later. >&2
    exit /b 2
)
if not exist "%APP%" mkdir "%APP%"
:lock
mkdir "%APP%\lock" 2>nul || (
    ping -n 2 127.0.0.1 >nul
    goto lock
)
call :uptodate && goto unlock
echo align: building, once: about a minute, and the first time as long as it takes Maven to fetch 300 MB of libraries; what it does stands in %APP%\build.log >&2
set "NAME=build-%RANDOM%%RANDOM%"
mkdir "%APP%\%NAME%.new"
type nul >"%APP%\%NAME%.new\started"
call mvn -B -f "%HERE%\pom.xml" -Dquickly %ALIGN4J_MAVEN_ARGS% -pl examples -am package >"%APP%\build.log" 2>&1 || (
    rmdir /s /q "%APP%\%NAME%.new"
    rmdir "%APP%\lock"
    findstr "ERROR" "%APP%\build.log" >&2
    echo align: the build failed; %APP%\build.log has it all. >&2
    exit /b 1
)
move "%HERE%\examples\target\launch\lib" "%APP%\%NAME%.new\lib" >nul
move "%APP%\%NAME%.new" "%APP%\%NAME%" >nul
>"%APP%\current" echo %NAME%
:unlock
rmdir "%APP%\lock"
:built
set /p BUILT=<"%APP%\current"
set "LIB=%APP%\%BUILT%\lib"
goto start

:unpacked
for %%d in ("%HERE%\..") do set "ALIGN_HOME=%%~fd"
set "LIB=%ALIGN_HOME%\lib"
if not exist "%LIB%" (
    echo align: there is no %LIB%; unpack the whole zip and start bin\align.cmd inside it. >&2
    exit /b 2
)

:start
if not defined DJL_OFFLINE set "DJL_OFFLINE=true"
if not defined OPT_OUT_TRACKING set "OPT_OUT_TRACKING=true"
if not defined RUST_FLAVOR set "RUST_FLAVOR=cpu"
if not defined OMP_DYNAMIC set "OMP_DYNAMIC=false"
if not defined MKL_DYNAMIC set "MKL_DYNAMIC=FALSE"
if not defined MKL_CBWR set "MKL_CBWR=AUTO"
if not defined PYTORCH_CUDA_ALLOC_CONF set "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"
rem A heap below 100 MiB keeps the third for new objects that Java gives them.
set "YOUNG=-XX:MaxNewSize=48m"
if /i "%ALIGN4J_HEAP:~-1%"=="m" if "%ALIGN4J_HEAP:~3%"=="" set "YOUNG="
set "NATIVE="
if %MAJOR% GEQ 22 set "NATIVE=--enable-native-access=ALL-UNNAMED"
"%JAVA%" -Xms%ALIGN4J_HEAP% -Xmx%ALIGN4J_HEAP% %YOUNG% -XX:SurvivorRatio=2 -XX:+UseSerialGC -XX:-UsePerfData -XX:TieredStopAtLevel=1 %NATIVE% -Dfile.encoding=UTF-8 -Djava.awt.headless=true -Dai.djl.default_engine=PyTorch -Dai.djl.pytorch.graph_optimizer=false "-Dalign4j.home=%ALIGN_HOME%" %ALIGN4J_JAVA_OPTS% -cp "%LIB%\*;%LIB%\spark\*;%ALIGN4J_CLASSPATH%" org.align4j.core.cli.Align %*
exit /b %ERRORLEVEL%

:uptodate
if not exist "%APP%\current" exit /b 1
set /p BUILT=<"%APP%\current"
if not exist "%APP%\%BUILT%\lib" exit /b 1
powershell -NoProfile -Command "$t=(Get-Item '%APP%\%BUILT%\started').LastWriteTime; $n=Get-ChildItem '%HERE%\pom.xml','%HERE%\*\pom.xml','%HERE%\*\src\main','%HERE%\*\src\assembly' -Recurse -ErrorAction SilentlyContinue | Where-Object { $_.LastWriteTime -gt $t }; if ($n) { exit 1 }" || exit /b 1
exit /b 0
