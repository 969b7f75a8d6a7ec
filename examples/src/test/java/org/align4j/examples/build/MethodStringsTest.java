package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.sft.SftMethod.SftFigures;
import org.junit.jupiter.api.Test;

/** The core asks figures for their meaning: it knows no method, and no figure of a method, by its name. */
class MethodStringsTest {
    private static final ImportOption PRODUCT =
            location -> !location.contains("/test-classes/") && !location.contains("-tests.jar");

    /** The start of the names of figures that a method makes up as it goes, and of those that it may get. */
    private static final List<String> BEGINNINGS =
            List.of("rewards/", "logps/", "objective/", "responses/", "policy/", "value/", "loss/", "seconds/");

    /** Where such a string means something else, by class and string: keys and columns of preference files, options, evidence in result.json. */
    private static final Map<String, Set<String>> OTHER_MEANINGS = Map.ofEntries(
            Map.entry("org.align4j.core.data.read.OrderKeys", Set.of("reward")),
            Map.entry("org.align4j.core.environment.OpenEnv", Set.of("reward")),
            Map.entry("org.align4j.core.environment.ExecSource$Program", Set.of("reward")),
            Map.entry("org.align4j.core.data.convert.Converter$Way", Set.of("margin")),
            Map.entry("org.align4j.core.data.convert.RankedAnswers", Set.of("margin")),
            Map.entry("org.align4j.core.data.convert.RowWriting", Set.of("margin")),
            Map.entry("org.align4j.core.data.row.Columns", Set.of("margin")),
            Map.entry("org.align4j.core.data.read.UnreadKeys", Set.of("margin")),
            Map.entry("org.align4j.core.data.row.Fields", Set.of("margin")),
            Map.entry("org.align4j.core.data.read.RowParser", Set.of("margin")),
            Map.entry("org.align4j.core.doctor.people.Annotators$Profile", Set.of("accuracy")),
            Map.entry("org.align4j.core.compare.AnswerRanking$RankResult$RankedPair", Set.of("margin")),
            Map.entry("org.align4j.core.report.Comparison", Set.of("margin")),
            Map.entry("org.align4j.core.verdict.EvaluatedComparisons", Set.of("accuracy")),
            Map.entry("org.align4j.core.verdict.EvaluatedRows$EvaluatedSteps", Set.of("step_accuracy")),
            Map.entry("org.align4j.core.verdict.PairMeasure", Set.of("margin")),
            Map.entry("org.align4j.core.reward.Rewards", Set.of("reward")));

    private static Set<String> methods() {
        return ServiceLoader.load(MethodReport.class).stream()
                .map(report -> report.get().command())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names of the figures of every method but those that each run has. */
    private static Set<String> figures() {
        Set<Figure> own = new LinkedHashSet<>();
        ServiceLoader.load(MethodReport.class)
                .forEach(report -> own.addAll(report.figures().all()));
        MethodFigures.of(List.of(LoopFigures.ENTROPY)).all().forEach(own::remove);
        Set<String> names = new TreeSet<>();
        own.forEach(figure -> names.addAll(Set.of(figure.name(), figure.evaluationName())));
        return names;
    }

    private static Set<String> strangers(JavaClass type) {
        Set<String> known = new TreeSet<>(methods());
        known.addAll(figures());
        Set<String> found = new TreeSet<>();
        for (String text : StringConstants.of(type)) {
            boolean begins = BEGINNINGS.stream()
                    .anyMatch(
                            beginning -> text.startsWith(beginning) || text.startsWith(Figure.EVALUATION + beginning));
            if (begins || known.contains(text)) {
                found.add(text);
            }
        }
        found.removeAll(OTHER_MEANINGS.getOrDefault(type.getName(), Set.of()));
        return found;
    }

    @Test
    void everyModuleDeclaresItsMethod() {
        assertThat(methods()).containsExactly("distill", "dpo", "ppo", "reward", "sft");
        assertThat(figures())
                .contains("rewards/accuracies", "eval_objective/kl", "step_accuracy", SftFigures.TOKEN_ACCURACY.name())
                .doesNotContain(LoopFigures.LOSS.name());
    }

    /** Supervised fine-tuning is a method of the core; it has its packages there. */
    @Test
    void theCoreHasNoStringOfASingleMethod() {
        JavaClasses core = new ClassFileImporter().withImportOption(PRODUCT).importPackages("org.align4j.core");
        Map<String, Set<String>> found = new TreeMap<>();
        core.stream()
                .filter(type -> !type.getPackageName().startsWith("org.align4j.core.sft"))
                .filter(type -> !type.getSimpleName().startsWith("Sft"))
                .forEach(type -> {
                    Set<String> strangers = strangers(type);
                    if (!strangers.isEmpty()) {
                        found.put(type.getName(), strangers);
                    }
                });
        assertThat(found).isEmpty();
        assertThat(core.stream().map(JavaClass::getName)).containsAll(OTHER_MEANINGS.keySet());
    }

    /** What the rule must find. */
    private static final class Traps {
        static final List<String> NAMES =
                List.of("rewards/margins", "eval_objective/anything", "ppo", "an innocent one");

        static String made(int number) {
            return "responses/" + number;
        }
    }

    @Test
    void everySuchStringIsSeen() {
        JavaClass traps = new ClassFileImporter().importClass(Traps.class);
        assertThat(strangers(traps))
                .containsExactlyInAnyOrder("rewards/margins", "eval_objective/anything", "ppo", "responses/");
        assertThat(Traps.made(Traps.NAMES.size())).isEqualTo("responses/4");
    }
}
