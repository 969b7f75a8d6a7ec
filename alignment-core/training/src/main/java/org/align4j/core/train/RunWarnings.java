package org.align4j.core.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Warning;
import org.align4j.core.eval.Warnings;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.run.RunDirectory;

/** The early warnings of a run as they are, in warnings.json; each is reported once. */
final class RunWarnings {
    private static final String FILE = "warnings.json";

    private final RunDirectory run;
    private final DataFacts facts;
    private final TokenBudget budget;
    private final Consumer<Warning> listener;
    private final Set<String> told = new HashSet<>();
    private List<Warning> standing = List.of();

    /**
     * @param facts what the data are evaluated by; what the doctor found in the rows was reported before
     * @param budget tokens in a forward; that it had to be lowered is a warning too
     * @param listener hears of each warning once
     */
    public RunWarnings(RunDirectory run, DataFacts facts, TokenBudget budget, Consumer<Warning> listener) {
        this.run = run;
        this.facts = facts;
        this.budget = budget;
        this.listener = listener;
        facts.screening().findings().forEach(found -> told.add(found.code()));
    }

    /** Judges what is known without any figures of the run. */
    public void judgeStart() {
        update(beforeTraining());
    }

    /** Evaluates the run's figures so far. */
    public void judge(MetricHistory history) {
        List<Warning> all = beforeTraining();
        all.addAll(Warnings.duringTraining(history, facts));
        update(all);
    }

    /** Whether memory was refused and it was not reported. */
    public boolean hasUnreportedRefusal() {
        return budget.isReduced() && !told.contains(Warnings.OUT_OF_MEMORY);
    }

    /** Returns the sentences that stand. */
    public List<String> texts() {
        return standing.stream().map(Warning::text).toList();
    }

    private List<Warning> beforeTraining() {
        List<Warning> all = new ArrayList<>(Warnings.beforeTraining(facts));
        if (budget.isReduced()) {
            all.add(Warnings.outOfMemory(budget.begun(), budget.tokens()));
        }
        return all;
    }

    private void update(List<Warning> all) {
        standing = all;
        run.writeJson(FILE, all);
        all.stream().filter(warning -> told.add(warning.code())).forEach(listener);
    }
}
