package org.align4j.examples.build;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between modules, and between packages of one, over every class that the zip holds. */
class ArchitectureTest {
    private static final String DPO = "org.align4j.dpo..";
    private static final String REWARD = "org.align4j.reward..";
    private static final String PPO = "org.align4j.ppo..";
    private static final String EXAMPLES = "org.align4j.examples..";

    /** The packages that own tensors. */
    private static final String[] TENSORS = {
        "org.align4j.core.kernel..",
        "org.align4j.core.model..",
        "org.align4j.core.lora..",
        "org.align4j.core.policy..",
        "org.align4j.core.generate.."
    };

    private static final ImportOption PRODUCT =
            location -> !location.contains("/test-classes/") && !location.contains("-tests.jar");

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(PRODUCT).importPackages("org.align4j");

    @Test
    void everyModuleIsSeen() {
        // Within a tenth of those there are: a module that isn't seen, or seen twice, would leave rules without a
        // subject.
        assertThat(CLASSES.size()).isBetween(2600, 3400);
        for (String module : Set.of("core", "web", "serve", "desk", "dpo", "reward", "ppo", "spark", "examples")) {
            assertThat(CLASSES.stream().anyMatch(type -> type.getPackageName().startsWith("org.align4j." + module)))
                    .as(module)
                    .isTrue();
        }
    }

    /** What each module sees of the others; the compiler holds it, and nobody adds an arrow to a pom unseen. */
    private static final Map<String, String> ARROWS = Map.ofEntries(
            Map.entry("alignment-core/foundation", ""),
            Map.entry("alignment-core/statistics", "foundation"),
            Map.entry("alignment-core/text", "foundation"),
            Map.entry("alignment-core/data", "statistics text"),
            Map.entry("alignment-core/engine", "foundation"),
            Map.entry("alignment-core/training", "data engine"),
            Map.entry("alignment-core/compare", "training"),
            Map.entry("alignment-core/cli", "compare"),
            Map.entry("alignment-core/core", "cli"),
            Map.entry("web", "foundation"),
            Map.entry("serve", "core web"),
            Map.entry("desk", "core web"),
            Map.entry("dpo", "core"),
            Map.entry("reward-model", "core"),
            Map.entry("ppo", "core"),
            Map.entry("spark", "core"),
            Map.entry("examples", "core desk dpo ppo reward-model serve spark"));

    @Test
    void aModuleSeesWhatIsDrawn() throws IOException {
        Map<String, String> found = new TreeMap<>();
        for (String module : ModuleFolders.all()) {
            found.put(
                    module,
                    String.join(
                            " ",
                            new TreeSet<>(OWN_DEPENDENCY
                                    .matcher(pom(module))
                                    .results()
                                    .map(artifact -> artifact.group(1))
                                    .toList())));
        }
        assertThat(found).containsExactlyInAnyOrderEntriesOf(ARROWS);
    }

    /** Who reads rows and renders templates fetches no engine. */
    @Test
    void rowsAndTemplatesBringNoPyTorch() throws IOException {
        for (String module : List.of("foundation", "statistics", "text", "data")) {
            assertThat(pom("alignment-core/" + module)).as(module).doesNotContain("ai.djl.pytorch");
        }
        assertThat(pom("alignment-core/engine")).contains("ai.djl.pytorch");
    }

    /** Who has rows and no engine has these commands and their frame; the compiler sees no engine beside them. */
    @Test
    void theCommandsForDataLieBelowTheEngine() {
        Map<String, String> places = Map.of(
                "core.cli.Align", "foundation",
                "core.cli.Command", "foundation",
                "core.cli.data.DoctorCommand", "data",
                "core.cli.data.ConvertCommand", "data",
                "core.cli.data.SplitCommand", "data",
                "core.cli.data.RenderCommand", "data",
                "core.cli.data.TokenizeCommand", "data");
        places.forEach((name, module) -> assertThat(module(CLASSES.get("org.align4j." + name)))
                .as(name)
                .matches("(alignment-)?" + module + "(-[0-9].*)?"));
    }

    private static final Pattern OWN_DEPENDENCY = Pattern.compile(
            "<groupId>org\\.align4j</groupId>\\s*<artifactId>alignment-([\\w-]+)</artifactId>\\s*</dependency>");

    /** A module's pom without what profiles add: tests. */
    private static String pom(String module) throws IOException {
        return Files.readString(
                        Path.of(System.getProperty("align4j.root"), module).resolve("pom.xml"))
                .replaceAll("(?s)<profiles>.*", "");
    }

    @Test
    void packagesOfTheCoreFormNoCycle() {
        slices().matching("org.align4j.core.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** The door for Java programs lies beside the command line, which doesn't see it. */
    @Test
    void theDoorForProgramsKnowsNoCommand() {
        noClasses()
                .that()
                .resideInAPackage("org.align4j.core")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(within("cli"), within("bench"), within("terminal"))
                .check(CLASSES);
    }

    /** A method is trained by through the registry of methods, so that only what is a command knows the command line. */
    @Test
    void methodsAndClustersKnowNoCommandLine() {
        noClasses()
                .that()
                .resideInAnyPackage(DPO, REWARD, PPO, "org.align4j.spark..")
                .and(describe("are no command", type -> !isCommand(type)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(within("cli"))
                .check(CLASSES);
        assertThat(CLASSES.stream()
                        .filter(type -> isCommand(type) && !type.isNestedClass())
                        .filter(type -> type.getPackageName().matches("org\\.align4j\\.(dpo|reward|ppo|spark)"))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("BenchCommand", "ScoreCommand");
    }

    /** Whether a type is a command, or is nested in one. */
    private static boolean isCommand(JavaClass type) {
        return type.isAssignableTo("org.align4j.core.cli.Command")
                || type.getEnclosingClass().filter(ArchitectureTest::isCommand).isPresent();
    }

    private static String within(String name) {
        return "org.align4j.core." + name + "..";
    }

    @Test
    void theEngineIsKnownByItsPublicInterfaceOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .check(CLASSES);
    }

    @Test
    void tensorsStayWhereTheyAreOwned() {
        noClasses()
                .that()
                .resideOutsideOfPackages(TENSORS)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.ndarray..")
                .orShould(callWhatTakesOrGives("ai.djl.ndarray."))
                .check(CLASSES);
    }

    /** Returns the name of an array's elements, or of a type that is no array; a type of a library that isn't here is known by name alone. */
    private static String elementName(JavaClass type) {
        return type.getName().replaceAll("^\\[+L?", "");
    }

    /** A tensor that is handed from one call to the next is known, too, though no line names its type. */
    private static ArchCondition<JavaClass> callWhatTakesOrGives(String packagePrefix) {
        return new ArchCondition<>("call what takes or gives a type of " + packagePrefix) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaCodeUnitAccess<?> call : type.getCodeUnitAccessesFromSelf()) {
                    Stream.concat(
                                    call.getTarget().getRawParameterTypes().stream(),
                                    Stream.of(call.getTarget().getRawReturnType()))
                            .filter(known -> elementName(known).startsWith(packagePrefix))
                            .forEach(known -> events.add(SimpleConditionEvent.satisfied(
                                    call, call.getDescription() + " with " + known.getSimpleName())));
                }
            }
        };
    }

    @Test
    void onlyTheCommandLineWritesToTheConsole() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.align4j.core.cli..", EXAMPLES)
                .should(ACCESS_STANDARD_STREAMS)
                .check(CLASSES);
    }

    @Test
    void onlyTheProgramItselfEndsTheProcess() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.align4j.core.cli..", "org.align4j.core.stop..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .check(CLASSES);
    }

    @Test
    void textIsTheSameInEveryLocale() {
        LocaleRule.RULE.check(CLASSES);
    }

    @Test
    void onlyOnePackageChangesTheDisk() {
        DiskRule.RULE.check(CLASSES);
    }

    @Test
    void onlyTestsPutAnotherDiskInPlace() {
        noClasses()
                .should()
                .callMethodWhere(describe(
                        "replaces the disk",
                        call -> call.getTargetOwner().getFullName().equals("org.align4j.core.files.CurrentDisk")
                                && call.getTarget().getName().equals("replace")))
                .check(CLASSES);
    }

    @Test
    void everyWayToTheUsersLocaleIsSeen() {
        assertSeesAll(LocaleRule.RULE, LocaleTraps.class, LocaleTraps.Harmless.class);
    }

    @Test
    void everyWayToTheDiskIsSeen() {
        assertSeesAll(DiskRule.everywhere(), DiskTraps.class, DiskTraps.Harmless.class);
    }

    private static void assertSeesAll(ArchRule rule, Class<?> traps, Class<?> harmless) {
        String found = rule.evaluate(new ClassFileImporter().importClasses(traps))
                .getFailureReport()
                .toString();
        for (Method trap : traps.getDeclaredMethods()) {
            if (!trap.isSynthetic()) {
                assertThat(found).contains(traps.getSimpleName() + "." + trap.getName() + "(");
            }
        }
        assertThat(rule.evaluate(new ClassFileImporter().importClasses(harmless))
                        .getFailureReport()
                        .getDetails())
                .isEmpty();
    }

    /** What a package's documentation promises to know nothing of: the package, then packages, by layer rules not held already. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "core.error ! core.",
                "core.optimizer ! core.",
                "core.stop ! core. but error",
                "core.files ! core. but error stop",
                "core.pattern ! core. but error stop",
                "core.process ! core. but error stop files",
                "core.web ! core. but error stop",
                "core.autodiff ! core.",
                "core.hub alone ! core. but download error files stop web hub.dataset",
                "core.download ! core. but error files stop web",
                "core.cuda ! core. but download error files machine stop web",
                "core.machine.gpu ! core. but error stop",
                "core.hub.dataset ! core. but error",
                "core.machine.natives ! core. but error files",
                "core.template ! core. but error stop",
                "core.template.lexer ! core.template but template.result template.python",
                "core.template.library ! core.template but template.python",
                "core.template.result ! core.template but template.python",
                "core.template.python alone ! core.template.python.method",
                "core.template.python.method ! core.template but template.python",
                "core.weights ! core. but error files stop",
                "core.options ! core. but error stop",
                "core.kernel alone ! core. but error files machine stop kernel.load kernel.busy",
                "core.kernel.load ! core. but error files machine",
                "core.kernel.busy ! core.model core.kernel",
                "core.quantization ! core.kernel core.model",
                "core.model ! core.family core.policy core.optimizer",
                "core.model alone ! core.model.layer core.model.experts core.model.attention core.model.base",
                "core.model.layer ! core.model.attention core.model.base core.model.stored",
                "core.model.attention ! core.model.layer core.model.base",
                "core.model.base ! core.model.layer",
                "core.model.stored ! core.model core.lora",
                "core.family alone ! core.weights core.model.base core.model.stored",
                "core.lora alone ! ai.djl.",
                "core.lora.peft ! ai.djl.",
                "core.pack ! core.kernel core.model",
                "core.policy ! core.family",
                "core.policy.trained ! core.policy",
                "core.policy.adapter ! core.policy but policy.trained",
                "core.policy.body ! core.policy core.lora but policy.trained",
                "core.text.tokenizer ! core.text",
                "core.data alone ! core.data. core.text",
                "core.data.file ! core.data.read core.data.row core.data.encode",
                "core.data.row ! core.data core.text.tokenizer",
                "core.data.layout ! core.data.read core.data.encode core.data.rules core.data.file core.text.tokenizer",
                "core.data.read ! core.data.encode core.data.rules core.text.tokenizer",
                "core.data.rules ! core.data.encode",
                "core.data.convert ! core.data.encode core.data.split core.text.tokenizer",
                "core.data.split ! core.data.encode core.text.tokenizer",
                "core.doctor.log ! core.doctor.finding core.doctor.duplicates core.doctor.order core.doctor.text core.doctor.bias core.doctor.people core.doctor.noise core.doctor.tokens core.doctor.report",
                "core.doctor.finding ! core.doctor.duplicates core.doctor.order core.doctor.text core.doctor.bias core.doctor.people core.doctor.noise core.doctor.tokens core.doctor.report",
                "core.modelcheck ! core.sft core.optimizer",
                "core.eval.win ! core.files",
                "core.figure ! core. but error",
                "core.page ! core. but error eval",
                "core.verdict ! core.kernel core.model core.policy core.train",
                "core.verdict.run ! core.kernel core.model core.policy core.files",
                "core.report ! core.kernel core.model core.policy core.train",
                "core.train.record ! core.train core.kernel core.model core.policy",
                "core.report.method ! core.report.page",
                "core.reward ! core.train core.session",
                "core.generate ! core.train core.session",
                "core.generate.step ! core.generate",
                "core.run ! core.kernel core.model core.policy core.lora core.session",
                "core.run alone ! core.options",
                "core.run.binding ! core.run core.files core.options",
                "core.forecast ! core.weights",
                "core.loop ! core.session core.run core.train",
                "core.task ! core.train core.session core.run core.report",
                "core.task.file ! core.task core.kernel core.model core.policy but task.ifeval",
                "core.task.ask ! core.task core.kernel core.model core.policy but task.file task.ifeval",
                "core.task.result ! core.task core.kernel core.model core.policy but task.file task.ask task.ifeval",
                "core.task.ifeval alone ! core. but error pattern eval template.python data.language task.ifeval.text",
                "core.task.ifeval.text ! core. but template.python",
                "core.data.language ! core.",
                "core.cli.model ! core.train core.sft",
                "core.compare ! core.sft",
                "core.compare.answers ! core.compare core.session core.train",
                "core.compare.verdict ! core.compare core.session core.train but compare.answers",
                "core.compare.judge ! core.compare core.sft but compare.answers compare.verdict compare.chat",
                "core.compare.chat ! core.compare core.session core.train core.model core.policy core.generate core.sft",
                "core.compare.judge.chat ! core.model core.policy core.generate core.reward",
                "core.compare.judge.recorded ! core.model core.policy core.generate core.reward",
                "core.compare.model ! core.compare.judge core.compare.verdict core.compare.rank",
                "core.compare.page ! core.compare.judge core.compare.model core.compare.rank core.kernel core.model core.policy core.train core.session",
                "core.task.page ! core.kernel core.model core.policy core.train core.session",
                "core.compare.rank ! core.compare.model core.session core.train",
                "core.cli.compare ! core.sft",
                "core.session.options ! core.policy core.session",
                "core.session.cluster ! core.session core.data but session.options",
                "core.policy.round ! core. ai.djl.",
                "core.session.product ! core.policy core.train core.session but session.options",
                "core.session.console ! core.session",
                "core.session.probe ! core.session",
                "core.session.implicit ! core.sft core.report",
                "core.session.screen ! core.session core.model core.kernel core.policy core.train",
                "dpo.loss ! core.kernel core.model core.policy core.session",
                "dpo.loss.unpaired ! dpo.loss.paired dpo.loss.free",
                "dpo.loss.formula ! dpo. core. but error",
                "dpo.forward ! dpo.loss.paired dpo.loss.unpaired dpo.loss.free dpo.loss.named core.session",
                "dpo.score ! dpo.loss.paired dpo.loss.unpaired dpo.loss.free dpo.loss.named core.session",
                "dpo.loss.named ! dpo.loss.paired dpo.loss.free",
                "dpo.report ! core.kernel core.model core.policy core.train core.session",
                "reward.report ! core.kernel core.model core.policy core.train core.session reward.train reward.steps reward.loss",
                "reward.loss ! core.kernel core.model core.policy core.session",
                "reward.baseline ! core.kernel core.model core.policy core.session",
                "reward.bench ! core.kernel core.model core.policy core.session core.train reward.train",
                "reward.tally ! core.kernel core.model core.policy core.session",
                "reward.train ! reward.steps",
                "ppo.report ! core.kernel core.model core.policy core.train core.session ppo.train ppo.loss ppo.credit ppo.options",
                "ppo.options ! core.kernel core.model core.policy",
                "ppo.forward ! ppo.train ppo.report ppo.credit",
                "ppo.rollout ! ppo.loss ppo.train ppo.credit",
                "ppo.reward ! ppo.train ppo.loss ppo.credit",
                "examples.corpus ! core.kernel core.model core.policy",
                "examples.phrases ! examples. core.",
                "examples.lessons.sheet ! examples. dpo reward ppo",
                "examples.lessons.parts ! examples.lessons core.kernel core.model core.policy",
                "examples.bpe ! examples.corpus examples.demo",
                "examples.shell ! core.kernel core.model core.policy dpo reward ppo",
                "examples.lessons ! core.kernel core.model core.policy",
                "examples.site ! core.kernel core.model core.policy core.train core.session dpo reward ppo",
            })
    void aPackageKeepsItsPromise(String promise) {
        String[] sides = promise.split(" ! ");
        String[] parts = sides[1].split(" but ");
        List<String> forbidden = List.of(parts[0].split(" "));
        List<String> allowed = parts.length == 1
                ? List.of()
                : Stream.of(parts[1].split(" ")).map("core."::concat).toList();
        DescribedPredicate<JavaClass> itself = resideIn(sides[0]);
        noClasses()
                .that(itself)
                .should()
                .dependOnClassesThat(describe(
                        "belong to " + sides[1],
                        type -> !itself.test(type)
                                && forbidden.stream().anyMatch(name -> belongs(type, name))
                                && allowed.stream().noneMatch(name -> belongs(type, name))))
                .check(CLASSES);
    }

    /** A room behind another is entered through that one only. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "core.kernel.load of core.kernel",
                "core.template.lexer of core.template",
                "core.template.library of core.template",
            })
    void aPackageIsKnownToItsOwnerAlone(String promise) {
        String[] sides = promise.split(" of ");
        noClasses()
                .that(describe("reside outside of " + sides[1], type -> !belongs(type, sides[1])))
                .should()
                .dependOnClassesThat(resideIn(sides[0]))
                .check(CLASSES);
    }

    @Test
    void onlyTheBenchmarkMeasuresPasses() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.align4j.core.bench..", "org.align4j.core.policy.measure..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.align4j.core.policy.measure..")
                .check(CLASSES);
    }

    /** The room of each type that has one, by the type's full name; other types live in their package. */
    private static final Map<String, String> ROOMS = readRooms();

    private static Map<String, String> readRooms() {
        Map<String, String> rooms = new TreeMap<>();
        try (InputStream in = ArchitectureTest.class.getResourceAsStream("/architecture-rooms.txt")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(": "))
                    .forEach(sides -> Stream.of(sides[1].split(" "))
                            .forEach(type -> rooms.put("org.align4j." + type, "org.align4j." + sides[0])));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rooms;
    }

    @Test
    void everyRoomHasItsTypes() {
        Set<String> known = CLASSES.stream().map(JavaClass::getName).collect(Collectors.toSet());
        assertThat(ROOMS).hasSizeGreaterThan(100);
        assertThat(known).containsAll(ROOMS.keySet());
    }

    /** The room of a type or of the nearest type around it that has one, or else its package. */
    private static String home(JavaClass type) {
        JavaClass element = type.getBaseComponentType();
        String name = element.getName();
        while (!ROOMS.containsKey(name) && name.contains("$")) {
            name = name.substring(0, name.lastIndexOf('$'));
        }
        return ROOMS.getOrDefault(name, element.getPackageName());
    }

    /** A package or a room with those within it, or {@code alone}. */
    private static DescribedPredicate<JavaClass> resideIn(String name) {
        String whole = name.replace(" alone", "");
        return describe(
                "reside in " + name,
                type -> whole.equals(name) ? belongs(type, name) : home(type).equals("org.align4j." + whole));
    }

    private static boolean belongs(JavaClass type, String name) {
        String whole = name.startsWith("ai.") ? name : "org.align4j." + name;
        return whole.endsWith(".") ? home(type).startsWith(whole) : (home(type) + ".").startsWith(whole + ".");
    }

    @Test
    void aPackageLivesInOneModule() {
        TreeMap<String, Set<String>> modules = new TreeMap<>();
        for (JavaClass type : CLASSES) {
            modules.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                    .add(module(type));
        }
        assertThat(modules)
                .allSatisfy((name, holders) -> assertThat(holders).as(name).hasSize(1));
    }

    /** The jar's name, or the folder that holds {@code target/classes}. */
    private static String module(JavaClass type) {
        URI source = type.getSource().orElseThrow().getUri();
        Matcher place = Pattern.compile("([^/]+)(/target/classes/|\\.jar!)").matcher(source.toString());
        assertThat(place.find()).as(source.toString()).isTrue();
        return place.group(1);
    }

    @Test
    void everyPackageIsDocumentedAndNullMarked() throws ClassNotFoundException {
        Set<String> packages = new TreeSet<>();
        CLASSES.forEach(type -> packages.add(type.getPackageName()));
        for (String name : packages) {
            Class<?> info = Class.forName(name + ".package-info");
            assertThat(info.getAnnotations())
                    .as(name)
                    .anyMatch(annotation ->
                            annotation.annotationType().getSimpleName().equals("NullMarked"));
        }
    }

    @Test
    void namesSayWhatThingsAre() {
        classes()
                .that()
                .resideInAPackage("org.align4j..")
                .and()
                .areTopLevelClasses()
                .should()
                .haveNameNotMatching(".*(Util|Utils|Helper|Manager|Impl)")
                .check(CLASSES);
    }
}
