package org.align4j.core.modelcheck;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.doctor.ModelCheckOptions;
import org.align4j.core.doctor.ModelTexts.ModelCheck;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.Rewards;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.implicit.ReferenceSide;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * Asks a model about a sample of the pairs. A language model says how likely it finds the answers ({@code policy-distance}) and what
 * training it on the rows would take ({@code forecast}); a reward model, and the reward that a policy trained by DPO implies, tell
 * which labels they contradict ({@code label-noise}).
 */
public final class ModelChecks implements ModelCheck {
    private final ModelCheckOptions options;
    private final RunOutlook.Forecaster forecaster;
    private final TrainingLog log;

    /**
     * Prepares the checks; the model is loaded when pairs are shown.
     *
     * @param forecaster says what a run on the data would take
     * @param log hears of downloads, and how it goes on
     */
    public ModelChecks(ModelCheckOptions options, RunOutlook.Forecaster forecaster, TrainingLog log) {
        this.options = options;
        this.forecaster = forecaster;
        this.log = log;
    }

    @Override
    public List<Finding> findings(SortedMap<Integer, PairTokens> pairs, List<Finding> before) {
        List<Finding> findings = new ArrayList<>();
        PairSample sample;
        KnownRows known;
        @Nullable RewardContext context;
        try (ModelSession session = ModelSession.open(opening(), log)) {
            sample = PairSample.of(pairs, session.base().decoder().maxPositions());
            known = KnownRows.of(options, session, pairs);
            context = session.scoreTask() == null ? null : context(session);
            if (context == null && sample.size() > 0) {
                findings.addAll(ofPolicy(session, sample, known, before));
            }
        }
        if (context != null) {
            findings.add(ofScores(context, sample, known, before));
        } else if (sample.size() > 0) {
            findings.addAll(RunOutlook.findings(options, forecaster, sample.size()));
        }
        return findings;
    }

    private ModelOptions opening() {
        ModelCheckOptions.Machine machine = options.machine();
        EngineOptions engine = new EngineOptions(machine.device(), machine.dtype(), machine.threads(), 42);
        return new ModelOptions(options.model(), null, null, engine, options.template());
    }

    private List<Finding> ofPolicy(ModelSession session, PairSample sample, KnownRows known, List<Finding> before) {
        PairSample asked = sample.most(options.pairs().rows());
        log.note(format("The model reads %,d of %,d pairs.", asked.size(), sample.size()));
        boolean implied = known.impliesRewards() && session.place().adapter() != null;
        List<PairLikelihood> read;
        try (ReferenceSide reference = implied ? ReferenceSide.ofRun(options.model(), session, opening(), log) : null) {
            read = new LikelihoodReader(session, log).read(asked.pairs(), reference);
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(new PolicyDistance(read).finding(sample.size()));
        if (implied) {
            findings.add(RewardMargins.of(read, known).finding(before));
        }
        return findings;
    }

    /** A model of scores is opened by its own module, as under {@code --reward}. */
    private Finding ofScores(RewardContext context, PairSample sample, KnownRows known, List<Finding> before) {
        PairSample unknown = sample.without(known.rows());
        PairSample asked = unknown.most(options.pairs().rows());
        log.note(format("The reward model reads %,d of %,d pairs.", asked.size(), unknown.size()));
        try (RewardFunction reward = Rewards.open(options.model(), context)) {
            return RewardMargins.of(reward, asked, known, log).finding(before);
        }
    }

    private static RewardContext context(ModelSession session) {
        TokenBudget budget =
                TokenBudget.of(session.budget(List.of(), TrainingLog.SILENT).tokens());
        return new RewardContext(
                session.base().engine(),
                session.base().holding().precision(),
                session.place().model(),
                session.base().decoder().vocabulary(),
                budget);
    }

    /** Takes pairs through a language model, a prompt computed once for its two answers. */
    private record LikelihoodReader(ModelSession session, TrainingLog log) {
        /** Pairs that are laid into forwards together. */
        private static final int WINDOW = 128;

        /**
         * Computes the likelihoods of the pairs.
         *
         * @param pairs by the number of their row
         * @param compared what the model's run compared it with; null: nothing, so that the model itself is in its place
         * @return in the order of the rows
         */
        List<PairLikelihood> read(SortedMap<Integer, PairTokens> pairs, @Nullable ReferenceSide compared) {
            List<Map.Entry<Integer, PairTokens>> all = List.copyOf(pairs.entrySet());
            TokenBudget budget = session.budget(List.copyOf(pairs.values()), log);
            List<PairLikelihood> read = new ArrayList<>();
            try (Progress progress = log.progress("Pairs", all.size())) {
                for (int from = 0; from < all.size(); from += WINDOW) {
                    var window = all.subList(from, Math.min(all.size(), from + WINDOW));
                    read.addAll(budget.withinMemory(() -> window(window, compared, budget)));
                    progress.advance(window.size());
                }
            }
            return read;
        }

        private List<PairLikelihood> window(
                List<Map.Entry<Integer, PairTokens>> window, @Nullable ReferenceSide compared, TokenBudget budget) {
            List<RowLayout.Item> items =
                    window.stream().map(entry -> item(entry.getValue())).toList();
            Policy policy = session.policy();
            List<List<PairLikelihood.Side>> sides = Scorer.score(policy, session.layout(), budget, items, packed -> {
                TokenScores scores = policy.score(packed.batch());
                TokenScores reference = compared == null ? scores : compared.score(packed.batch());
                return packed.answers().stream()
                        .map(spans -> spans.stream()
                                .map(span -> PairLikelihood.Side.of(span, scores, reference))
                                .toList())
                        .toList();
            });
            return IntStream.range(0, items.size())
                    .mapToObj(i -> new PairLikelihood(
                            window.get(i).getKey(),
                            sides.get(i).get(0),
                            sides.get(i).get(1)))
                    .toList();
        }

        private static RowLayout.Item item(PairTokens pair) {
            return new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected());
        }
    }
}
