package org.align4j.examples.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The arrows between modules and packages, over every class that the zip holds. */
class ArchitectureTest {
    private static final String CORE = "org.align4j.core..";
    private static final String DPO = "org.align4j.dpo..";
    private static final String REWARD = "org.align4j.reward..";
    private static final String PPO = "org.align4j.ppo..";
    private static final String EXAMPLES = "org.align4j.examples..";

    private static final ImportOption PRODUCT =
            location -> !location.contains("/test-classes/") && !location.contains("-tests.jar");

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(PRODUCT).importPackages("org.align4j");

    @Test
    void everyModuleIsSeen() {
        assertThat(CLASSES.size()).isGreaterThan(150);
        for (String module : Set.of("core", "dpo", "reward", "ppo", "examples")) {
            assertThat(CLASSES.stream().anyMatch(type -> type.getPackageName().startsWith("org.align4j." + module)))
                    .as(module)
                    .isTrue();
        }
    }

    @Test
    void methodsKnowTheCoreAndNothingOfEachOther() {
        noClasses()
                .that()
                .resideInAPackage(CORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(DPO, REWARD, PPO, EXAMPLES)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(DPO)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(REWARD, PPO, EXAMPLES)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(REWARD)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(DPO, PPO, EXAMPLES)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(PPO)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(DPO, REWARD, EXAMPLES)
                .check(CLASSES);
    }

    @Test
    void packagesOfTheCoreFormNoCycle() {
        slices().matching("org.align4j.core.(**)").should().beFreeOfCycles().check(CLASSES);
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
                .resideOutsideOfPackages(
                        "org.align4j.core.kernel..",
                        "org.align4j.core.tensor..",
                        "org.align4j.core.model..",
                        "org.align4j.core.lora..",
                        "org.align4j.core.policy..",
                        "org.align4j.core.generate..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.ndarray..")
                .check(CLASSES);
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
    void everyWayToTheUsersLocaleIsSeen() {
        String found = LocaleRule.RULE
                .evaluate(new ClassFileImporter().importClasses(LocaleTraps.class))
                .getFailureReport()
                .toString();
        for (Method trap : LocaleTraps.class.getDeclaredMethods()) {
            if (!trap.isSynthetic()) {
                assertThat(found).contains("LocaleTraps." + trap.getName() + "(");
            }
        }
        JavaClasses harmless = new ClassFileImporter().importClasses(LocaleTraps.Harmless.class);
        assertThat(LocaleRule.RULE.evaluate(harmless).hasViolation()).isFalse();
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
