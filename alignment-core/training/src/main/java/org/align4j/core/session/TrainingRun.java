package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.RowRelations;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Screening;
import org.align4j.core.generate.AnswerEnds;
import org.align4j.core.generate.Generator;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.machine.NativeHeap;
import org.align4j.core.policy.MergedWeights;
import org.align4j.core.policy.Policy;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.Product;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.cluster.AccountedLearner;
import org.align4j.core.session.cluster.AccountedLog;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.Learner;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.TrainingLoop;
import org.align4j.core.train.Workload;
import org.align4j.core.train.options.TrainingPlan;
import org.align4j.core.verdict.Judgement;
import org.jspecify.annotations.Nullable;

/**
 * A run of a session: its directory, and its training from the first step to what it leaves, which is adapter or model, answers before
 * and after, and the report.
 *
 * @param run the directory of all of it
 * @param cluster takes the forwards; null: this machine does
 */
public record TrainingRun<T extends TokenRow>(
        TrainingSession<T> session, RunDirectory run, ClusterSource.@Nullable Connection cluster) {
    /**
     * Begins a run where the options say.
     *
     * @param config every option as settled, as YAML
     * @throws InputException where the directory isn't new or empty, or can't be written
     */
    public static <T extends TokenRow> TrainingRun<T> begin(
            TrainingSession<T> session, String config, ClusterSource.@Nullable Connection cluster) {
        RunFacts facts = session.facts();
        Policy policy = session.policy();
        RunDirectory run = RunDirectory.create(
                session.plan().runDirectory(),
                config,
                facts.manifest(
                        session.rows(), policy.base(), policy.trainables().elements()));
        TrainingRun<T> begun = new TrainingRun<>(session, run, cluster);
        try {
            begun.keepRows();
            return begun;
        } catch (IOException e) {
            run.close();
            throw new InputException(run.path() + " can't be written: " + FileFailure.reason(e) + ".", e);
        }
    }

    /** Leaves what became of the rows in the directory; a run that was taken up may have broken off before it did. */
    private void keepRows() throws IOException {
        ReportFiles files = new ReportFiles(run.path());
        if (!files.hasRows()) {
            files.writeRows(session.facts().rowsReport(session.rows(), session.guardText()));
        }
    }

    /**
     * Takes up a run of a session.
     *
     * @throws RunException where its directory can't be written
     */
    static <T extends TokenRow> TrainingRun<T> resumed(
            TrainingSession<T> session, RunDirectory stopped, ClusterSource.@Nullable Connection cluster) {
        TrainingRun<T> run = new TrainingRun<>(session, stopped, cluster);
        try {
            run.keepRows();
            return run;
        } catch (IOException e) {
            throw new RunException(
                    stopped.path() + " can't be written: " + FileFailure.reason(e)
                            + "; fix the disk and resume the run.",
                    e);
        }
    }

    /** Has the doctor look at the rows, keeps what it finds, and reports it. */
    void screen() {
        tell(session.screening());
    }

    /** Reports what the doctor found in the rows when the run began; it looks where that isn't known. */
    void screenOnce() {
        Screening kept = screening();
        tell(kept.equals(Screening.NONE) ? session.screening() : kept);
    }

    private void tell(Screening screening) {
        run.writeJson(ReportFiles.SCREENING, screening);
        screening.findings().forEach(log()::warned);
        screening.sentence().ifPresent(log()::note);
    }

    private Screening screening() {
        try {
            return new ReportFiles(run.path()).screening();
        } catch (IOException | InputException damaged) {
            log().note(ReportFiles.SCREENING + " can't be read (" + FileFailure.reason(damaged)
                    + "); the rows are looked at again.");
            return Screening.NONE;
        }
    }

    /**
     * Trains a method whose step is one gradient to the end.
     *
     * @param supplement what else is in the folders of adapter and model
     * @return how it ended
     */
    public RunResult train(Objective objective, Supplement supplement) {
        TrainingPlan plan = session.plan().training();
        Workload work = Workload.of(plan, objective.rows(), objective::forwards);
        if (!work.largest().isEmpty()) {
            log().note(session.forecast(work).text(work));
        }
        return train(TrainingLoop.of(plan, objective, session.optimizer(), work, this::accounted), supplement);
    }

    /** Returns a learner whose steps tell what it took to have others take the forwards, where others do. */
    public Learner accounted(Learner learner) {
        return cluster == null ? learner : new AccountedLearner(learner, cluster::account);
    }

    /**
     * Trains by a loop of the method's own, over {@link org.align4j.core.session.options.RecipePlan#training}, to the end.
     *
     * @param supplement what else is in the folders of adapter and model
     * @return how it ended
     */
    public RunResult train(TrainingLoop loop, Supplement supplement) {
        int width = session.policy().decoder().hiddenSize();
        RowRelations relations =
                RowRelations.of(session.rows().train(), session.rows().eval());
        run.writeJson(ReportFiles.RELATIONS, relations);
        DataFacts facts = session.recipe()
                .facts(
                        session.rows(),
                        new Recipe.Found(screening(), relations, session.textIfLoaded() != null),
                        session.plan(),
                        loop.updates(),
                        width);
        List<Product> products = products(supplement);
        session.guard().keepIn(run.path());
        AccountedLog accounted = cluster == null ? null : new AccountedLog(log(), run.path(), cluster::account);
        TrainingLog following = accounted == null ? log() : log().after(accounted);
        try {
            session.rows().warnings().forEach(warning -> log().note("Note: " + warning));
            SampleAnswers samples = samples();
            if (samples == null) {
                return judged(loop.run(run, facts, products, following));
            }
            // The policy is as it starts until the loop restores a checkpoint into it, in a resumed run too.
            samples.before();
            NativeHeap.trim();
            RunResult result = loop.run(run, facts, products, following);
            samples.after();
            return judged(result);
        } finally {
            if (accounted != null && run.isInPlace()) {
                accounted.end();
            }
            writeReport();
        }
    }

    /** A finished run with its verdict, which is written and reported. */
    private RunResult judged(RunResult result) {
        try {
            MetricHistory history = new Run(run.path()).metrics();
            Judgement judgement = new ReportFiles(run.path())
                    .evidence(session.recipe().method(), history)
                    .judge();
            RunResult known = result.judged(judgement);
            run.write(known);
            log().note(judgement.text());
            return known;
        } catch (IOException e) {
            throw new RunException(
                    run.path() + " can't be read: " + FileFailure.reason(e)
                            + "; the model is written, its verdict is not.",
                    e);
        }
    }

    private TrainingLog log() {
        return session.log();
    }

    private List<Product> products(Supplement supplement) {
        List<Product> products = new ArrayList<>();
        if (!session.plan().policy().isFull()) {
            products.add(new Product("adapter", directory -> {
                ModelCard card = session.card().of(run);
                session.state().writeAdapter(directory, card.of(card.product(), supplement.notes()));
                supplement.write(directory);
            }));
        }
        if (session.plan().policy().isFull() || session.recipe().head() != null) {
            Policy policy = session.policy();
            products.add(new Product("model", directory -> {
                new FullModelFiles(
                                policy.decoder(),
                                new MergedWeights(policy)::write,
                                session.place().model())
                        .write(directory);
                supplement.write(directory);
                if (session.recipe().head() != null) {
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
        int count = session.plan().learning().keeping().shown().samples();
        if (encoder == null || count == 0 || session.recipe().head() != null) {
            return null;
        }
        Policy policy = session.policy();
        AnswerEnds ends = AnswerEnds.of(encoder.tokenizer());
        Generator generator = new Generator(
                policy.base(), policy.weights(), ends, policy.decoder().maxPositions());
        return new SampleAnswers(
                run.path(),
                session.rows(),
                count,
                generator,
                encoder,
                new AnswerLikelihoods(policy, session.startWeights(), session.budget()),
                log());
    }

    private void writeReport() {
        if (!session.plan().learning().keeping().shown().report() || !run.isInPlace()) {
            return;
        }
        try {
            HtmlReport.write(run.path());
        } catch (IOException | RuntimeException e) {
            log().note("report.html could not be written: " + FileFailure.reason(e) + "; try again with: align report "
                    + run.path());
        }
    }

    /** What a method leaves next to the weights of its adapter and model once the run is at its end. */
    public interface Supplement {
        /** Leaves nothing. */
        Supplement NONE = folder -> {};

        /** Writes files into the folder of an adapter or a model. */
        void write(Path folder) throws IOException;

        /** Sections of Markdown for the model card; empty for none. */
        default String notes() {
            return "";
        }
    }
}
