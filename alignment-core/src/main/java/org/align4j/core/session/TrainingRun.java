package org.align4j.core.session;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.RowRelations;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.lora.peft.ModelCard;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.page.HtmlReport;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainingLoop;
import org.align4j.core.verdict.Judgement;
import org.jspecify.annotations.Nullable;

/**
 * A session's training from its first step to what it leaves: adapter or model, answers before and after, the report.
 *
 * @param run the directory of all of it
 */
record TrainingRun<T extends TokenRow>(
        TrainingSession<T> session, Recipe<T> recipe, RunDirectory run, Terminal terminal) {

    /**
     * Trains to the end.
     *
     * @param supplement what else stands in the folders of adapter and model
     * @return how it ended
     */
    RunResult train(TrainingLoop loop, Supplement supplement) {
        int width = session.policy().decoder().hiddenSize();
        RowRelations relations =
                RowRelations.of(session.rows().train(), session.rows().eval());
        run.writeJson(ReportFiles.RELATIONS, relations);
        DataFacts facts = recipe.facts(session.rows(), relations, session.options(), loop.updates(), width);
        List<TrainingLoop.Product> products = products(supplement);
        try (ConsoleLog log = new ConsoleLog(
                terminal,
                session.options().keeping().logEvery(),
                recipe.method().figures())) {
            terminal.notes(session.rows().warnings());
            SampleAnswers samples = samples();
            if (samples == null) {
                return judged(loop.run(run, facts, products, log));
            }
            // The policy is as it starts until the loop restores a checkpoint into it, in a resumed run too.
            samples.before();
            NativeHeap.trim();
            RunResult result = loop.run(run, facts, products, log);
            samples.after();
            return judged(result);
        } finally {
            writeReport();
        }
    }

    /** A finished run with its verdict, which is written and told. */
    private RunResult judged(RunResult result) {
        try {
            MetricHistory history = MetricHistory.read(run.metricsFile());
            Judgement judgement = new ReportFiles(run.path())
                    .evidence(recipe.method(), history)
                    .judge();
            RunResult known = result.judged(judgement.verdict());
            run.write(known);
            terminal.log(judgement.text());
            return known;
        } catch (IOException e) {
            throw new RunException(
                    run.path() + " can't be read: " + e.getMessage() + "; the model is written, its verdict is not.",
                    e);
        }
    }

    private List<TrainingLoop.Product> products(Supplement supplement) {
        List<TrainingLoop.Product> products = new ArrayList<>();
        if (session.trainsAdapter()) {
            products.add(new TrainingLoop.Product("adapter", directory -> {
                ModelCard card = session.card().of(run);
                session.state().writeAdapter(directory, card.of(card.product(), supplement.notes()));
                supplement.write(directory);
            }));
        }
        if (!session.trainsAdapter() || recipe.head() != null) {
            products.add(new TrainingLoop.Product("model", directory -> {
                new FullModelFiles(session.policy(), session.place().model()).write(directory);
                supplement.write(directory);
                if (recipe.head() != null) {
                    session.card()
                            .of(run)
                            .of(ModelCard.Product.SCORING_MODEL, supplement.notes())
                            .write(directory);
                }
            }));
        }
        return products;
    }

    /** Null where none are wanted, or no row is text, or the model gives scores. */
    private @Nullable SampleAnswers samples() {
        TextEncoder encoder = session.textIfLoaded();
        int count = session.options().keeping().samples();
        return encoder == null || count == 0 || recipe.head() != null
                ? null
                : new SampleAnswers(run.path(), session.rows(), count, session.policy(), encoder.tokenizer(), terminal);
    }

    private void writeReport() {
        if (!session.options().keeping().report() || !run.isInPlace()) {
            return;
        }
        try {
            HtmlReport.write(run.path());
        } catch (IOException | RuntimeException e) {
            terminal.log("report.html could not be written: " + e.getMessage() + "; try again with: align report "
                    + run.path());
        }
    }
}
