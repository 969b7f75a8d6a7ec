package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.bench.RunForecast;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Memory;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.SweepPlan.Trial;
import org.jspecify.annotations.Nullable;

/**
 * Settles a sweep before anything starts: which combinations there are, that the training command takes each, how long each is and what memory it
 * needs.
 */
final class SweepPlanning {
    private static final int MOST_TRIALS = 10_000;
    private static final int DRAWS = 1000;

    /** Options by which neither a run's length nor its memory differs: trials that differ in these alone are planned once. */
    private static final Set<String> FREE = Set.of(
            "seed",
            "learning-rate",
            "beta",
            "label-smoothing",
            "weight-decay",
            "adam-beta1",
            "adam-beta2",
            "adam-epsilon",
            "max-grad-norm",
            "schedule",
            "warmup-steps",
            "warmup-fraction",
            "lora-alpha");

    /** Options that runs may not differ in, since their held-out rows, or where they lie, would. */
    private static final Map<String, String> FIXED = Map.of(
            "out", "the sweep gives each trial a folder of its own",
            "dry-run", "it belongs to the whole sweep",
            "watch", "it belongs to the whole sweep",
            "eval-data", "runs on other held-out rows can't be compared",
            "eval-fraction", "runs on other held-out rows can't be compared");

    private final SweepOptions options;
    private final TrainingLog log;

    SweepPlanning(SweepOptions options, TrainingLog log) {
        this.options = options;
        this.log = log;
    }

    /**
     * Plans the sweep.
     *
     * @throws InputException naming the combination that the command refuses; nothing was started
     */
    SweepPlan plan() {
        List<SweptOption> swept = swept();
        SweepMetric metric = new SweepMetric(options.command(), options.metric()).requireKnown();
        Map<String, @Nullable Object> base = base();
        List<Trial> combined = combinations(swept);
        SweepPlan draft = draft(base, swept, combined);
        TrainingMethod<?> method = SweepOptions.method(options.command());
        combined.forEach(trial -> check(method, draft, trial, metric));
        List<String> rescaled = options.space().search() == Search.HALVING ? draft.rescaled() : List.of();
        if (!rescaled.isEmpty()) {
            throw SweptOption.wrong(metric.unranked(rescaled));
        }
        return new Planned<>(method, draft).plan();
    }

    private SweepPlan draft(Map<String, @Nullable Object> base, List<SweptOption> swept, List<Trial> trials) {
        return draft(base, swept, trials, 0);
    }

    private SweepPlan draft(
            Map<String, @Nullable Object> base, List<SweptOption> swept, List<Trial> trials, double seconds) {
        return new SweepPlan(
                SweepPlan.VERSION,
                options.command(),
                base,
                swept,
                options.space().search(),
                options.halving().reduction(),
                options.atOnce(),
                options.metric(),
                seconds,
                trials);
    }

    private List<SweptOption> swept() {
        List<SweptOption> swept =
                options.space().set().stream().map(SweptOption::parse).toList();
        if (swept.isEmpty()) {
            throw SweptOption.wrong(
                    "set is missing: give an option and the values to try, --set learning-rate=1e-4,1e-3.");
        }
        Set<String> keys = new HashSet<>();
        for (SweptOption option : swept) {
            String key = option.key();
            if (!keys.add(key)) {
                throw SweptOption.wrong(format("set names %s twice; give all its values at once.", key));
            }
            if (FIXED.containsKey(key)) {
                throw SweptOption.wrong(format("set can't vary %s: %s.", key, FIXED.get(key)));
            }
            if (options.own().given().containsKey(key)) {
                throw SweptOption.wrong(format("%s is given and set varies it; drop one.", key));
            }
        }
        return swept;
    }

    /** The options of all trials: those given, and threads that share the cores where trials run side by side. */
    private Map<String, @Nullable Object> base() {
        Map<String, @Nullable Object> base = new LinkedHashMap<>(options.own().given());
        if (options.atOnce() > 1 && !base.containsKey("threads")) {
            base.put("threads", Math.max(1, Runtime.getRuntime().availableProcessors() / options.atOnce()));
        }
        return base;
    }

    private List<Trial> combinations(List<SweptOption> swept) {
        Integer drawn = options.space().trials();
        List<Trial> trials = drawn == null ? SweepPlan.grid(swept) : random(swept, drawn);
        if (trials.size() > MOST_TRIALS) {
            throw SweptOption.wrong(format(
                    "set makes %,d trials but a sweep has at most %,d; list fewer values, or draw some with search"
                            + " random.",
                    trials.size(), MOST_TRIALS));
        }
        return trials;
    }

    private List<Trial> random(List<SweptOption> swept, int wanted) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(options.searchSeed());
        Set<Map<String, @Nullable Object>> seen = new HashSet<>();
        List<Map<String, @Nullable Object>> combinations = new ArrayList<>();
        for (int draw = 0; combinations.size() < wanted; draw++) {
            if (draw == DRAWS + 10 * wanted) {
                throw new InputException(format(
                        "trials is %d but only %d different combinations could be drawn; lower it, or use search grid.",
                        wanted, combinations.size()));
            }
            Map<String, @Nullable Object> combination = new LinkedHashMap<>();
            SweepPlan.withoutSeed(swept).forEach(option -> combination.put(option.key(), option.draw(random)));
            if (seen.add(combination)) {
                combinations.add(combination);
            }
        }
        return SweepPlan.numbered(combinations, swept);
    }

    /** Has the command's own parser look at a trial's options. */
    private static <O extends Record> void check(
            TrainingMethod<O> method, SweepPlan plan, Trial trial, SweepMetric metric) {
        O parsed = parsed(method, plan, trial);
        OptionsSpec.of(method.options()).group(parsed, RecipeOptions.class).ifPresent(recipe -> {
            double fraction = recipe.inputs().data().evalFraction();
            boolean seeded = trial.options().containsKey("seed");
            if (fraction > 0 && seeded) {
                throw SweptOption.wrong(format(
                        "eval-fraction is %s but set varies seed, which chooses the rows that are held out; split them"
                                + " first (align split) and give eval-data.",
                        fraction));
            }
            if (metric.isOfRows()
                    && fraction == 0
                    && recipe.inputs().data().evalData().isEmpty()) {
                throw new InputException(
                        "eval-data is missing: trials are compared by held-out rows; give it, or a metric of the"
                                + " training's steps.");
            }
        });
    }

    private static <O extends Record> O parsed(TrainingMethod<O> method, SweepPlan plan, Trial trial) {
        try {
            return NamedOptions.create(method.options(), plan.options(trial));
        } catch (InputException refused) {
            throw refused(trial, refused);
        }
    }

    private static InputException refused(Trial trial, InputException refused) {
        return SweptOption.wrong(format(
                "Trial %s (%s) is refused, so that nothing was started: %s",
                trial.name(), trial.text(), refused.getMessage()));
    }

    /** Plans each trial by the command's own plan, those that differ in nothing that matters once. */
    private final class Planned<O extends Record> {
        private final TrainingMethod<O> method;
        private final SweepPlan draft;
        private final Map<Map<String, @Nullable Object>, RunPlan> plans = new HashMap<>();

        Planned(TrainingMethod<O> method, SweepPlan draft) {
            this.method = method;
            this.draft = draft;
        }

        SweepPlan plan() {
            List<Trial> trials = new ArrayList<>();
            for (Trial trial : draft.trials()) {
                RunPlan plan = plan(trial);
                if (plan.machine().memory().peak() > plan.limit()) {
                    throw refused(
                            trial,
                            new InputException(format(
                                    "it needs %s at the peak and %s are there; lower micro-batch-tokens or max-length.",
                                    Memory.text(plan.machine().memory().peak()), Memory.text(plan.limit()))));
                }
                trials.add(trial.with(
                        rungs(plan),
                        plan.machine().device().apart()
                                ? 0
                                : plan.machine().memory().peak()));
            }
            return draft(evaluated(trials), draft.swept(), trials, secondsPerStep());
        }

        /** Times a step of the first trial, where the command forecasts that. */
        private double secondsPerStep() {
            if (!method.forecasts()) {
                return 0;
            }
            RunPlan timed = RunForecast.of(method, draft.options(draft.trials().get(0)));
            RunPlan.Time time = timed.time();
            return time == null ? 0 : time.steps() / timed.steps();
        }

        private RunPlan plan(Trial trial) {
            Map<String, @Nullable Object> shape = new LinkedHashMap<>(trial.options());
            shape.keySet().removeAll(FREE);
            RunPlan known = plans.get(shape);
            if (known == null) {
                try {
                    known = method.plan(parsed(method, draft, trial), log);
                } catch (InputException wrong) {
                    throw refused(trial, wrong);
                }
                plans.put(shape, known);
            }
            return known;
        }

        private List<Integer> rungs(RunPlan plan) {
            if (options.space().search() != Search.HALVING) {
                return List.of(plan.steps());
            }
            Integer first = options.halving().firstRung();
            List<Integer> rungs = Halving.rungs(
                    plan.steps(),
                    draft.settings(),
                    options.halving().reduction(),
                    first == null ? 0 : first,
                    evalEvery());
            if (rungs.size() < 2) {
                throw new InputException(format(
                        "search is halving but %d settings with %d steps and evaluations every %d have no rung before"
                                + " the last; lower first-rung, or use search grid.",
                        draft.settings(), plan.steps(), evalEvery()));
            }
            return rungs;
        }

        private int evalEvery() {
            String given = SweepPlan.text(draft.base().getOrDefault("eval-every", "auto"));
            return given.matches("[1-9]\\d{0,8}") ? Integer.parseInt(given) : 1;
        }

        /** Halving ranks by evaluations, which must fall on its rungs. */
        private Map<String, @Nullable Object> evaluated(List<Trial> trials) {
            Map<String, @Nullable Object> base = new LinkedHashMap<>(draft.base());
            if (options.space().search() == Search.HALVING) {
                List<List<Integer>> rungs =
                        trials.stream().map(Trial::rungs).distinct().toList();
                if (rungs.size() > 1) {
                    throw new InputException(format(
                            "search is halving but trials have other numbers of steps (rungs %s and %s); give all"
                                    + " max-steps.",
                            rungs.get(0), rungs.get(1)));
                }
                if (evalEvery() == 1 && !draft.base().containsKey("eval-every")) {
                    base.put("eval-every", rungs.get(0).get(0));
                }
            }
            return base;
        }
    }
}
