package org.align4j.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bytecode doesn't show is found all the same: each rule on a checkout of two modules that the test writes. */
class RulesTest {
    private static final String MAIN = "low/src/main/java/org/align4j/";
    private static final String TEST = "high/src/test/java/org/align4j/";

    @TempDir
    Path root;

    @BeforeEach
    void aCheckout() throws IOException {
        write(
                "pom.xml",
                "<project><modules><module>low</module><module>high</module></modules><properties>"
                        + "<maven.compiler.release>17</maven.compiler.release></properties></project>");
        write("low/pom.xml", "<project/>");
        write("high/pom.xml", "<project/>");
        Map<String, Path> poms = new LinkedHashMap<>();
        for (String folder : new String[] {"", "low", "high"}) {
            poms.put(folder, root.resolve(folder).resolve("pom.xml"));
        }
        Path quick = root.resolve("target/quick");
        write("target/quick/low/target/class.path", "");
        write(
                "target/quick/high/target/class.path",
                quick.resolve("low/target/classes").toString());
        write("target/quick/asked", ClassPaths.hash(quick, poms));
        main("Other", "public static int other() { return 1; }");
        test("OtherTest", "int a() { return Other.other(); }");
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void main(String name, String body) throws IOException {
        write(MAIN + name + ".java", "package org.align4j; public class " + name + " { " + body + " }");
    }

    private void test(String name, String body) throws IOException {
        write(TEST + name + ".java", "package org.align4j; class " + name + " { " + body + " }");
    }

    private Set<String> chosen(String... files) throws IOException {
        Poms poms = new Poms(root);
        Build build = new Build(root, poms);
        build.update();
        Program program = new Program(root, poms, build);
        Map<String, Sources.Source> present = build.sources().all();
        Reaches reaches = Reaches.read(root.resolve("target/quick/reaches"), program, present);
        reaches.follow(program, reaches.stale(present, program.tests()));
        reaches.write(present, program.tests());
        Set<String> names = new TreeSet<>();
        Choice.of(Set.of(files), program, reaches.all(), true).tests().forEach(test -> names.add(Rules.topLevel(test)));
        return names;
    }

    @Test
    void aCall() throws IOException {
        main("Part", "public static int part() { return 2; }");
        test("PartTest", "int a() { return Part.part(); }");

        assertThat(chosen(MAIN + "Part.java")).containsExactly("PartTest");
        assertThat(chosen(MAIN + "Other.java")).containsExactly("OtherTest");
    }

    @Test
    void aCallThatIsAddedLater() throws IOException {
        main("Part", "public static int part() { return 2; }");
        test("PartTest", "int a() { return Part.part(); }");
        assertThat(chosen(MAIN + "Other.java")).containsExactly("OtherTest");

        main("Part", "public static int part() { return Other.other(); }");
        assertThat(chosen(MAIN + "Other.java")).containsExactly("OtherTest", "PartTest");
    }

    @Test
    void anOverriddenMethodRunsWhereItsClassIsMade() throws IOException {
        write(MAIN + "Shape.java", "package org.align4j; public interface Shape { int sides(); }");
        write(
                MAIN + "Square.java",
                "package org.align4j; public record Square() implements Shape { public int sides() { return 4; } }");
        write(
                MAIN + "Sheet.java",
                "package org.align4j; public record Sheet() implements Shape { public int sides() { return 4; } }");
        main("Sides", "public static int of(Shape shape) { return shape.sides(); }");
        test("SquareTest", "int a() { return Sides.of(new Square()); }");

        assertThat(chosen(MAIN + "Square.java")).containsExactly("SquareTest");
        assertThat(chosen(MAIN + "Sheet.java")).isEmpty();
    }

    @Test
    void anInlinedConstant() throws IOException {
        main("Limit", "public static final int MOST = 3;");
        main("Part", "public static boolean fits(int number) { return number <= Limit.MOST; }");
        test("PartTest", "boolean a() { return Part.fits(3); }");

        assertThat(chosen(MAIN + "Limit.java")).containsExactly("PartTest");
    }

    @Test
    void aClassByItsName() throws IOException {
        main("Hidden", "public Hidden() {}");
        test(
                "HiddenTest",
                "Object a() throws Exception { return Class.forName(\"org.align4j.Hidden\").getConstructor().newInstance(); }");

        assertThat(chosen(MAIN + "Hidden.java")).containsExactly("HiddenTest");
    }

    @Test
    void aResourceByItsName() throws IOException {
        main("Kernel", "public static Object text() { return Kernel.class.getResource(\"/kernels/sum.cu\"); }");
        test("KernelTest", "Object a() { return Kernel.text(); }");

        assertThat(chosen("low/src/main/resources/kernels/sum.cu")).containsExactly("KernelTest");
        assertThat(chosen("low/src/main/resources/other/unheard-of.bin"))
                .as("no rule knows")
                .containsExactly("KernelTest", "OtherTest");
    }

    @Test
    void aPomConcernsEverything() throws IOException {
        assertThat(chosen("low/pom.xml")).containsExactly("OtherTest");
    }

    @Test
    void aServiceHasAllItsProviders() throws IOException {
        write(MAIN + "Source.java", "package org.align4j; public interface Source { int get(); }");
        write(
                MAIN + "First.java",
                "package org.align4j; public class First implements Source { public int get() { return 1; } }");
        write(
                MAIN + "Second.java",
                "package org.align4j; public class Second implements Source { public int get() { return 2; } }");
        main(
                "Sources",
                "public static int sum() { int sum = 0; "
                        + "for (Source source : java.util.ServiceLoader.load(Source.class)) { sum += source.get(); } return sum; }");
        test("SourcesTest", "int a() { return Sources.sum(); }");
        String services = "low/src/main/resources/META-INF/services/org.align4j.Source";
        write(services, "org.align4j.First\n");
        assertThat(chosen(MAIN + "First.java")).containsExactly("SourcesTest");
        assertThat(chosen(MAIN + "Second.java")).isEmpty();
        assertThat(chosen(services)).containsExactly("SourcesTest");

        write(services, "org.align4j.First\norg.align4j.Second\n");
        assertThat(chosen(MAIN + "Second.java")).as("what is kept is stale").containsExactly("SourcesTest");
    }

    /** A loss's service stands for all that are chosen by name. */
    @Test
    void aNamedProvider() throws IOException {
        String folder = "low/src/main/java/org/align4j/dpo/loss/";
        String loss = "package org.align4j.dpo.loss; public ";
        write(folder + "PreferenceLoss.java", loss + "interface PreferenceLoss { String name(); }");
        for (String name : new String[] {"Near", "Far", "Usual"}) {
            write(
                    folder + name + ".java",
                    loss + "class " + name + " implements PreferenceLoss { public String name() { return \""
                            + name.toLowerCase(java.util.Locale.ROOT) + "\"; } }");
        }
        write(
                "low/src/main/resources/META-INF/services/org.align4j.dpo.loss.PreferenceLoss",
                "org.align4j.dpo.loss.Near\norg.align4j.dpo.loss.Far\norg.align4j.dpo.loss.Usual\n");
        write(folder + "Option.java", loss + "@interface Option { String usual(); }");
        write(
                folder + "Losses.java",
                loss + "record Losses(@Option(usual = \"usual\") String chosen) { public PreferenceLoss find() { "
                        + "for (PreferenceLoss loss : java.util.ServiceLoader.load(PreferenceLoss.class)) { "
                        + "if (loss.name().equals(chosen)) { return loss; } } return null; } }");
        test("NearTest", "Object a() { return new org.align4j.dpo.loss.Losses(\"near\").find(); }");

        assertThat(chosen(folder + "Near.java")).containsExactly("NearTest");
        assertThat(chosen(folder + "Usual.java")).as("the default of an option").containsExactly("NearTest");
        assertThat(chosen(folder + "Far.java")).isEmpty();
    }

    @Test
    void aProcessThatNamesItsProgram() throws IOException {
        main("Program", "public static void main(String[] words) { Other.other(); }");
        test(
                "JavaProcess",
                "static Process start(Class<?> program) throws Exception { return new ProcessBuilder(program.getName()).start(); }");
        test("ProgramTest", "Object a() throws Exception { return JavaProcess.start(Program.class); }");

        assertThat(chosen(MAIN + "Other.java")).containsExactly("OtherTest", "ProgramTest");
    }

    @Test
    void aProcessOfWhichNothingIsKnown() throws IOException {
        main("Part", "public static void part() {}");
        test(
                "JavaProcess",
                "static Process start(String program) throws Exception { return new ProcessBuilder(program).start(); }");
        test("NamelessTest", "Object a() throws Exception { return JavaProcess.start(System.getenv(\"X\")); }");
        test("UnlistedTest", "Object a() throws Exception { return new ProcessBuilder(\"true\").start(); }");
        test("CompilingTest", "Object a() { return javax.tools.ToolProvider.getSystemJavaCompiler(); }");
        test("AnyServiceTest", "Object a(Class<?> type) { return java.util.ServiceLoader.load(type); }");

        assertThat(chosen(MAIN + "Part.java"))
                .containsExactly("AnyServiceTest", "CompilingTest", "NamelessTest", "UnlistedTest");
    }

    @Test
    void surefireTakesTheseForTests() throws IOException {
        for (String name : new String[] {"OneTest", "TwoTests", "ThreeTestCase", "TestFour", "Helper"}) {
            test(name, "int a() { return Other.other(); }");
        }
        write(
                TEST + "BaseTest.java",
                "package org.align4j; abstract class BaseTest { int a() { return Other.other(); } }");

        assertThat(chosen(MAIN + "Other.java"))
                .containsExactly("OneTest", "OtherTest", "TestFour", "ThreeTestCase", "TwoTests");
    }

    @Test
    void aFailedCompilationLeavesItsUsersWaiting() throws IOException {
        main("Part", "public static int part() { return 2; }");
        test("PartTest", "int a() { return Part.part(); }");
        chosen(MAIN + "Part.java");

        main("Part", "public static long part() { return 2; }");
        assertThatThrownBy(() -> chosen(MAIN + "Part.java"))
                .isInstanceOf(Build.CompilationException.class)
                .hasMessageContaining("PartTest");
        assertThatThrownBy(() -> chosen(MAIN + "Part.java")).as("again").isInstanceOf(Build.CompilationException.class);

        main("Part", "public static int part() { return 3; } int broken");
        assertThatThrownBy(() -> chosen(MAIN + "Part.java")).hasMessageContaining("Part.java");
        main("Part", "public static int part() { return 3; }");
        assertThat(chosen(MAIN + "Part.java")).containsExactly("PartTest");
    }

    @Test
    void aClassThatIsGoneFailsItsUsers() throws IOException {
        main("Part", "public static int part() { return 2; }");
        test("PartTest", "int a() { return Part.part(); }");
        chosen(MAIN + "Part.java");

        Files.delete(root.resolve(MAIN + "Part.java"));
        assertThatThrownBy(() -> chosen(MAIN + "Part.java")).isInstanceOf(Build.CompilationException.class);
    }

    /** Every class that starts a process is in the table: decide there what the process runs. */
    @Test
    void theTablesAreThoseOfTheCheckout() throws IOException {
        Path checkout = Path.of(System.getProperty("align4j.root"));
        Set<String> starting = new TreeSet<>();
        Set<String> names = new TreeSet<>();
        Pattern starts = Pattern.compile("new ProcessBuilder\\(|\\.exec\\(");
        for (String module : new String[] {
            "testing", "alignment-core", "web", "serve", "desk", "dpo", "reward-model", "ppo", "spark", "examples"
        }) {
            try (Stream<Path> files = Files.walk(checkout.resolve(module))) {
                for (Path file : (Iterable<Path>)
                        files.filter(each -> each.toString().matches(".*[/\\\\]src[/\\\\].*\\.java"))::iterator) {
                    String name = file.getFileName().toString().replace(".java", "");
                    names.add(name);
                    if (starts.matcher(Files.readString(file)).find() && !name.equals("RulesTest")) {
                        starting.add(name);
                    }
                }
            }
        }
        assertThat(Rules.PROGRAMS.keySet()).containsExactlyInAnyOrderElementsOf(starting);
        assertThat(names).containsAll(Rules.PROSE);
        assertThat(Rules.PROSE).containsAll(Rules.QUICK_PROSE);
        for (String service : Rules.NAMED_SERVICES) {
            assertThat(names).contains(Rules.topLevel(service));
        }
    }
}
