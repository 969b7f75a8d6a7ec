package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.page.Details;
import org.align4j.core.report.Comparison.RunNames;
import org.align4j.core.report.HeldOutMeasures.Measured;
import org.align4j.core.report.RunGroup.Attempt;
import org.align4j.core.report.RunGroup.Loss;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Refusals;
import org.align4j.core.report.RunGroup.Setting;
import org.align4j.core.report.RunGroup.Stratum;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.RowMeasure;
import org.jspecify.annotations.Nullable;

/** Sorts runs into settings, and separates those that can be compared from those that can't. */
record GroupedRuns(List<Candidate> runs, List<String> varied) {
    /**
     * A run of the group.
     *
     * @param view what it left; null where it left nothing
     * @param loss why it can't be compared; null where it can
     */
    private record Candidate(
            Member run,
            @Nullable RunView view,
            Map<String, @Nullable Object> known,
            @Nullable Loss loss) {
        Map<String, @Nullable Object> values(List<String> varied) {
            if (view != null) {
                return RunGroup.values(view, varied);
            }
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            varied.forEach(name -> values.put(name, known.get(name)));
            return values;
        }
    }

    /** A setting and what its compared runs have written. */
    private record Grouped(Setting setting, List<RunView> views) {}

    static GroupedRuns of(List<Attempt> attempts, List<? extends @Nullable RunView> views) {
        List<String> names =
                RunNames.ofPaths(attempts.stream().map(Attempt::path).toList());
        List<Candidate> runs = new ArrayList<>();
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i);
            RunView view = views.get(i);
            Member member = new Member(
                    view == null ? attempt.path() : view.path(),
                    names.get(i),
                    RunGroup.seed(
                            view == null ? attempt.options() : view.documents().config()));
            runs.add(new Candidate(member, view, attempt.options(), loss(member, view, attempt.failure())));
        }
        return new GroupedRuns(runs, varied(runs));
    }

    /** Returns the options in which runs differ; of a run that left nothing those that are known of it count. */
    private static List<String> varied(List<Candidate> runs) {
        List<RunView> views = views(runs);
        List<Candidate> bare = runs.stream().filter(run -> run.view() == null).toList();
        Set<String> varied = new LinkedHashSet<>(new Comparability(views).differing());
        bare.stream().flatMap(run -> run.known().keySet().stream()).distinct().forEach(name -> {
            Set<String> texts = views.stream().map(view -> view.option(name)).collect(Collectors.toSet());
            bare.stream()
                    .filter(run -> run.known().containsKey(name))
                    .forEach(run -> texts.add(Details.text(run.known().get(name))));
            if (texts.size() > 1 && !name.equals("seed")) {
                varied.add(name);
            }
        });
        return List.copyOf(varied);
    }

    private static List<RunView> views(List<Candidate> runs) {
        return runs.stream().map(Candidate::view).filter(Objects::nonNull).toList();
    }

    private static @Nullable Loss loss(Member run, @Nullable RunView view, @Nullable String failure) {
        if (view != null && view.status().equals("stopped")) {
            return new Loss(run, Loss.Kind.ENDED, view.reason().isEmpty() ? "It was ended." : view.reason());
        }
        if (failure != null) {
            return new Loss(run, Loss.Kind.FAILED, failure);
        }
        if (view == null) {
            return new Loss(run, Loss.Kind.UNMEASURED, "It left nothing.");
        }
        if (view.status().equals("failed")) {
            return new Loss(run, Loss.Kind.FAILED, view.reason());
        }
        if (!view.documents().result().isEmpty() && view.status().equals("running")) {
            return new Loss(run, Loss.Kind.ENDED, "It is not at its end.");
        }
        if (!HeldOutMeasures.isMeasured(view)) {
            return new Loss(run, Loss.Kind.UNMEASURED, "It was not evaluated before and after training.");
        }
        return HeldOutMeasures.isFinite(view)
                ? null
                : new Loss(run, Loss.Kind.FAILED, "Its held-out figures are no numbers any more.");
    }

    RunGroup group() {
        return group(1);
    }

    /** @param parts in how many parts settings are compared, of which this is one */
    private RunGroup group(int parts) {
        List<Grouped> all = settings();
        List<Grouped> compared =
                all.stream().filter(each -> !each.views().isEmpty()).toList();
        List<Setting> settings = compared.stream().map(Grouped::setting).toList();
        List<Setting> lost = all.stream()
                .map(Grouped::setting)
                .filter(setting -> setting.runs().isEmpty())
                .toList();
        if (compared.isEmpty()) {
            return RunGroup.refusing(varied, List.of(), lost, nothing());
        }
        List<RunView> views =
                compared.stream().flatMap(each -> each.views().stream()).toList();
        String refusal = refusal(views, settings);
        if (refusal != null) {
            return RunGroup.refusing(varied, settings, lost, refusal);
        }
        Comparability comparability = new Comparability(views);
        HeldOutMeasures measures =
                new HeldOutMeasures(compared.stream().map(Grouped::views).toList(), comparability);
        Map<String, String> refused = new LinkedHashMap<>();
        List<MeasureTest> tests = new ArrayList<>();
        List<Stratum> strata = new ArrayList<>();
        for (Measured measured : measures.measured()) {
            String figure = measured.measure().figure();
            List<String> rescaling = comparability.rescaling(figure);
            if (rescaling.isEmpty()) {
                tests.add(measures.test(measured, settings, parts));
            } else {
                if (refused.isEmpty()) {
                    strata.addAll(strata(measured.measure(), rescaling, parts));
                }
                refused.put(figure, unlike(measured.measure(), comparability.because(rescaling)));
            }
        }
        return new RunGroup(
                varied,
                settings,
                lost,
                tests,
                new Refusals(
                        tests.isEmpty() && !refused.isEmpty() ? String.join(" ", refused.values()) : null,
                        refused,
                        strata));
    }

    /**
     * Compares, by a measure that can't be compared over all settings, those that are on one scale with each other.
     *
     * @param rescaling in what the runs differ that rescales the measure
     * @return a part of the runs for each scale on which there are two settings at least
     */
    private List<Stratum> strata(RowMeasure measure, List<String> rescaling, int parts) {
        Comparability comparability = new Comparability(views(runs));
        Map<Map<String, String>, List<Candidate>> byScale = new LinkedHashMap<>();
        for (Candidate run : runs) {
            RunView view = run.view();
            Map<String, String> scale = new LinkedHashMap<>();
            if (view == null) {
                rescaling.forEach(
                        option -> scale.put(option, Details.text(run.known().get(option))));
            } else {
                scale.putAll(comparability.basis(view, measure.figure(), "").only(rescaling));
            }
            byScale.computeIfAbsent(scale, unseen -> new ArrayList<>()).add(run);
        }
        Map<Map<String, String>, GroupedRuns> found = new LinkedHashMap<>();
        byScale.forEach((scale, own) -> {
            GroupedRuns part = new GroupedRuns(own, varied(own));
            long compared = part.settings().stream()
                    .filter(setting -> !setting.views().isEmpty())
                    .count();
            if (compared > 1 && own.size() < runs.size()) {
                found.put(scale, part);
            }
        });
        return found.entrySet().stream()
                .map(part -> new Stratum(
                        part.getKey(),
                        part.getValue().group(parts * found.size()).preferring(measure.figure())))
                .toList();
    }

    private static String unlike(RowMeasure measure, String because) {
        return format(
                "No setting can be called better by the %s: %s, by which alone equal models would have unequal values."
                        + " Compare their answers by one judge (align compare, align frontier), or runs that are alike in"
                        + " it.",
                measure.bareWords(), because);
    }

    private String nothing() {
        boolean failed =
                runs.stream().anyMatch(run -> run.loss() != null && run.loss().kind() == Loss.Kind.FAILED);
        boolean ended =
                runs.stream().anyMatch(run -> run.loss() != null && run.loss().kind() == Loss.Kind.ENDED);
        return failed || ended
                ? format("No run came to its end, so that nothing can be compared: %s.", outcomes())
                : "No run was evaluated on held-out rows before and after training, so that nothing can be compared;"
                        + " give them eval-data.";
    }

    private String outcomes() {
        return Arrays.stream(Loss.Kind.values())
                .map(kind -> {
                    long count = runs.stream()
                            .filter(run -> run.loss() != null && run.loss().kind() == kind)
                            .count();
                    return count == 0 ? "" : count + " " + kind.name().toLowerCase(Locale.ROOT);
                })
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(", "));
    }

    private List<Grouped> settings() {
        Map<Map<String, String>, List<Candidate>> byOptions = runs.stream()
                .collect(Collectors.groupingBy(
                        run -> new Setting(run.values(varied), List.of()).options(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        return byOptions.values().stream().map(this::grouped).toList();
    }

    private Grouped grouped(List<Candidate> own) {
        List<Candidate> compared =
                own.stream().filter(run -> run.loss() == null).toList();
        return new Grouped(
                new Setting(
                        own.get(0).values(varied),
                        compared.stream().map(Candidate::run).toList(),
                        own.stream()
                                .map(Candidate::loss)
                                .filter(Objects::nonNull)
                                .toList()),
                views(compared));
    }

    private static @Nullable String refusal(List<RunView> views, List<Setting> settings) {
        for (Setting setting : settings) {
            if (RunGroup.seeds(setting.runs()).size() < setting.runs().size()) {
                return format(
                        "%s have the same options and the same seed, so that one of them says what the other does;"
                                + " leave one out.",
                        setting.runs().stream().map(Member::name).collect(Collectors.joining(" and ")));
            }
        }
        List<String> names = settings.stream()
                .flatMap(setting -> setting.runs().stream())
                .map(Member::name)
                .toList();
        for (int i = 1; i < views.size(); i++) {
            if (!Comparability.hash(views.get(0), Comparability.ROWS)
                    .equals(Comparability.hash(views.get(i), Comparability.ROWS))) {
                return format(
                        "%s was evaluated on other held-out rows than %s, so that chance may explain their difference;"
                                + " give all runs one eval-data.",
                        names.get(i), names.get(0));
            }
            if (!kind(views.get(0)).equals(kind(views.get(i)))) {
                return format(
                        "%s keeps %s of its held-out rows and %s keeps %s, which have no measure in common.",
                        names.get(i), kind(views.get(i)), names.get(0), kind(views.get(0)));
            }
        }
        return null;
    }

    private static String kind(RunView view) {
        Evaluations.At last = view.evidence().evaluations().last();
        return last == null
                ? "nothing"
                : last.rows().size() + " "
                        + last.rows()
                                .getClass()
                                .getSimpleName()
                                .replace("Evaluated", "")
                                .toLowerCase(Locale.ROOT);
    }
}
