package org.align4j.testing;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What bytecode doesn't show, and how this program finds it all the same. Each table is checked by {@code RulesTest}; where none knows, a test
 * counts as reaching everything.
 *
 * <ul>
 *   <li>Inlined constants: javac tells, as it compiles, whose constants a source reads ({@link Build}).
 *   <li>Services: {@link #NAMED_SERVICES}. Of a service that isn't there, every provider counts.
 *   <li>Reflection: a class that is taken as a value ({@code A.class}) or whose full name stands in a string counts with all its methods; a
 *       record with its constructors and accessors, and with those of its components' types.
 *   <li>Child processes and programs that tests compile: {@link #PROGRAMS}, and what reaches a compiler reaches everything.
 *   <li>Files: {@link Resources}.
 * </ul>
 */
final class Rules {
    /**
     * Services whose providers are chosen by a name. A test that reaches the service reaches a provider only if a string of the test, or of an
     * example, has the provider's name as a word, or is of {@link #ASKS_FOR_ALL}; or if a whole string on the way, an option's default included,
     * is that name; or if the test calls the service's interface itself.
     */
    static final Set<String> NAMED_SERVICES = Set.of(
            "org/align4j/core/cli/Command",
            "org/align4j/core/session/TrainingMethod",
            "org/align4j/core/report/method/MethodReport",
            "org/align4j/dpo/loss/PreferenceLoss");

    /** Methods that reflection calls on types of components. */
    static final Set<String> CALLED_BY_NAME = Set.of("parse", "describe", "main");

    /** What a test does that no bytecode of the checkout shows; a test that reaches one of these calls reaches everything. */
    static final Map<String, Set<String>> OPAQUE = Map.of(
            "javax/tools/ToolProvider", Set.of("getSystemJavaCompiler"),
            "jdk/jshell/JShell", Set.of("create", "builder"),
            "java/lang/ClassLoader", Set.of("loadClass"),
            "com/tngtech/archunit/core/importer/ClassFileImporter",
                    Set.of("importPackages", "importPaths", "importPath"));

    /**
     * What the processes run that classes start. {@code NAMES}: a main method of a class that is named on the way, as a class or a string, and so
     * counts as called. {@code OTHER}: no class of the checkout. {@code ALL}: the launcher, or a build, so that everything counts; as it does for
     * a class that isn't listed.
     */
    enum Started {
        NAMES,
        OTHER,
        ALL
    }

    static final Map<String, Started> PROGRAMS = Map.ofEntries(
            Map.entry("ServerThreadsTest", Started.NAMES),
            Map.entry("PageTest", Started.OTHER),
            Map.entry("ChildServer", Started.NAMES),
            Map.entry("HostileTest", Started.NAMES),
            Map.entry("JobsFetchTest", Started.NAMES),
            Map.entry("LibraryProject", Started.ALL),
            Map.entry("LauncherTest", Started.ALL),
            Map.entry("NoEngineTest", Started.ALL),
            Map.entry("ServedZip", Started.ALL),
            Map.entry("BenchScriptsTest", Started.OTHER),
            Map.entry("CommitStepTest", Started.OTHER),
            Map.entry("ReaderFigures", Started.OTHER),
            Map.entry("ExternalTrackersTest", Started.ALL),
            Map.entry("ContainerTest", Started.ALL),
            Map.entry("SiteTest", Started.OTHER),
            Map.entry("Browser", Started.OTHER),
            Map.entry("Executors", Started.NAMES),
            Map.entry("JavaProcess", Started.NAMES),
            Map.entry("SupervisedRunTest", Started.NAMES),
            Map.entry("StopSignalTest", Started.NAMES),
            Map.entry("NativeTokenizerTest", Started.NAMES),
            Map.entry("FuzzingTest", Started.NAMES),
            Map.entry("MeasuredProcess", Started.NAMES),
            Map.entry("HubProcessTest", Started.NAMES),
            Map.entry("HubFaultTest", Started.NAMES),
            Map.entry("ToldDisk", Started.NAMES),
            Map.entry("SharedRunsTest", Started.NAMES),
            Map.entry("KilledRunTest", Started.NAMES),
            Map.entry("AnswersCommandTest", Started.NAMES),
            Map.entry("GpuCommandsTest", Started.NAMES),
            Map.entry("ChildAlign", Started.NAMES),
            Map.entry("AnsweringProgram", Started.OTHER),
            Map.entry("LineProcessTest", Started.OTHER),
            Map.entry("MemoryTest", Started.NAMES),
            Map.entry("ClaimingProcess", Started.NAMES),
            Map.entry("OutputFileTest", Started.OTHER),
            Map.entry("TextProjectTest", Started.ALL),
            Map.entry("DataProgramTest", Started.NAMES),
            Map.entry("ExerciseCheck", Started.NAMES),
            Map.entry("PageBrowser", Started.OTHER),
            Map.entry("WandbReplay", Started.OTHER),
            Map.entry("WorkerProcesses", Started.NAMES),
            Map.entry("CardTrial", Started.NAMES),
            Map.entry("TrainerProcess", Started.NAMES),
            Map.entry("ProcessKeeper", Started.NAMES),
            Map.entry("Child", Started.OTHER),
            Map.entry("GpuReport", Started.OTHER),
            Map.entry("ClassPaths", Started.OTHER),
            Map.entry("Main", Started.OTHER),
            Map.entry("Runs", Started.NAMES));

    /** Tests of prose, counts and sources: they read pages and sources as text, so that every change may concern them. */
    static final Set<String> PROSE = Set.of(
            "PlainEnglishTest",
            "TermsTest",
            "FiguresTest",
            "PapersTest",
            "BookTest",
            "OtherNamesTest",
            "CommandsPageTest",
            "HouseTest",
            "SourceRulesTest",
            "MethodStringsTest",
            "DependenciesTest",
            "JavadocExamplesTest",
            "SiteTest",
            "LessonLinksTest",
            "DocumentationTest",
            "RulesTest");

    /** Those of {@link #PROSE} that are quick enough to run first: they start no browser and compile nothing. */
    static final Set<String> QUICK_PROSE = Set.of(
            "PlainEnglishTest",
            "TermsTest",
            "FiguresTest",
            "PapersTest",
            "OtherNamesTest",
            "HouseTest",
            "SourceRulesTest",
            "DependenciesTest",
            "MethodStringsTest",
            "LessonLinksTest",
            "DocumentationTest",
            "RulesTest");

    /** The simple names of the classes that surefire takes for tests, as no pom here says otherwise. */
    static final Pattern TEST_NAME = Pattern.compile("Test.*|.*(Test|Tests|TestCase)");

    /** A full name of a class in a string, with dots; a nested class follows a dollar sign. */
    static final Pattern CLASS_NAME = Pattern.compile("org\\.align4j(?:\\.\\w+)*\\.[A-Z]\\w*(?:\\$\\w+)*");

    /** A word that may name a command, a method or a loss. */
    static final Pattern WORD = Pattern.compile("[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*");

    /** A string with which a test may ask for every command or method: a page of the documentation that it reads, or the help. */
    static final Pattern ASKS_FOR_ALL = Pattern.compile("\\.md\\b|^--?h(elp)?$|^help$");

    private Rules() {}

    /** Whether strings of this class are taken for what a person types: tests, and the examples, which run commands. */
    static boolean isTyped(Program.Type type) {
        return type.isTest() || type.source().startsWith("examples/");
    }

    /** Whether a test reads the checkout as text. */
    static boolean isReader(String test) {
        return PROSE.contains(topLevel(test));
    }

    /** The simple name of the top-level class of {@code type}. */
    static String topLevel(String type) {
        String name = type.substring(type.lastIndexOf('/') + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }
}
