package org.align4j.examples.demo;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Proportion;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.Sample;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.terminal.Terminal;

/** {@code align demo}: DPO with LoRA on the small model and the preferences that come with Align4J, before and after. */
public final class DemoCommand extends NamedCommand<DemoOptions> {
    private static final Path DEFAULT_OUT = Path.of("runs", "demo");

    /** Names the command. */
    public DemoCommand() {
        super("demo", "see DPO at work on a small model, in about a minute", DemoOptions.class);
    }

    @Override
    public int run(DemoOptions options, Terminal terminal) throws IOException {
        Path out = options.out() == null ? firstFree() : options.out();
        RunDirectory.requireNewOrEmpty(out);
        DemoPlan plan = DemoPlan.into(out);
        introduce(terminal);
        int code = train(plan, terminal);
        if (code != 0) {
            return code;
        }
        DemoResult result = DemoResult.read(plan);
        new ReportFiles(out).writeSamples(result.answers().samples());
        tell(result, HtmlReport.write(out), out, terminal);
        return 0;
    }

    private static void introduce(Terminal terminal) {
        terminal.print("A chat model of a million parameters answers questions about the little town of Millbrook,");
        terminal.print(
                "half of the time courteously, half of the time curtly. DPO with LoRA shows it 800 pairs of answers");
        terminal.print("that say the same, the courteous one chosen; length says nothing. Does it learn the manner?");
        terminal.print("");
    }

    private static int train(DemoPlan plan, Terminal terminal) throws IOException {
        int code = step(plan.train(), terminal, terminal);
        if (code != 0) {
            return code;
        }
        plan.writePrompts();
        for (List<String> command :
                List.of(plan.scoreBefore(), plan.scoreAfter(), plan.answerBefore(), plan.answerAfter())) {
            Terminal quiet = Terminal.captured();
            code = step(command, quiet, terminal);
            if (code != 0) {
                terminal.log(quiet.captureLog().strip());
                return code;
            }
        }
        return 0;
    }

    private static int step(List<String> command, Terminal on, Terminal terminal) {
        terminal.log("$ align " + String.join(" ", command));
        return Align.run(on, command.toArray(String[]::new));
    }

    private static void tell(DemoResult result, Path report, Path out, Terminal terminal) {
        DemoTable table = new DemoTable(result);
        table.figures().forEach(terminal::print);
        terminal.print("");
        table.answers().forEach(terminal::print);
        terminal.print("Report: " + report);
        terminal.print("Talk to it: align chat --model " + out);
        terminal.print(
                "Read next: docs/report.md says what to look for on that page, docs/library.md trains the model from Java,");
        terminal.print("docs/losses.md says what can be learned from pairs, align lesson goes on in small steps, and");
        terminal.print("align jshell opens a Java shell to try it in: var model = Align4j.open(\"" + out + "\")");
        Map<String, Object> document = new LinkedHashMap<>(result.json());
        document.put("out", out.toString());
        document.put("report", report.toString());
        terminal.result(document);
    }

    private static Path firstFree() {
        Path out = DEFAULT_OUT;
        for (int number = 2; Files.exists(out); number++) {
            out = DEFAULT_OUT.resolveSibling(DEFAULT_OUT.getFileName() + "-" + number);
        }
        return out;
    }

    /** The demo's result as a person reads it. */
    private record DemoTable(DemoResult result) {
        /** Returns the lines of the table of figures. */
        List<String> figures() {
            HeldOutScores before = result.before();
            HeldOutScores after = result.after();
            DemoAnswers answers = result.answers();
            List<String> lines = new ArrayList<>();
            lines.add(row(before.pairs() + " pairs with unseen prompts", "before", "after"));
            lines.add(row("courteous answer likelier", share(before.chosenLikelier()), share(after.chosenLikelier())));
            lines.add(row("  95 % interval", interval(before.chosenLikelier()), interval(after.chosenLikelier())));
            lines.add(row("preferred more than before (accuracy)", "-", share(result.accuracy())));
            lines.add(row("  95 % interval", "-", interval(result.accuracy())));
            lines.add(row("mean margin", number(0), number(result.margin())));
            lines.add(row("mean log-probability, courteous", number(before.meanChosen()), number(after.meanChosen())));
            lines.add(row("mean log-probability, curt", number(before.meanRejected()), number(after.meanRejected())));
            lines.add(row(
                    "perplexity of general text", number(result.perplexityBefore()), number(result.perplexityAfter())));
            lines.add(row(
                    "courteous among " + answers.samples().size() + " answers",
                    share(answers.courteousBefore()),
                    share(answers.courteousAfter())));
            return lines;
        }

        /** Returns two prompts with both answers. */
        List<String> answers() {
            List<String> lines = new ArrayList<>();
            for (Sample sample : result.answers().shown(result.before())) {
                lines.add("  asked   " + sample.asked().text());
                lines.add("  before  " + oneLine(sample.before()));
                lines.add("  after   " + oneLine(DemoAnswers.after(sample)));
                lines.add("");
            }
            return lines;
        }

        private static String oneLine(String text) {
            return text.strip().replaceAll("\\s+", " ");
        }

        private static String row(String name, String before, String after) {
            return format("  %-38s %20s %20s", name, before, after);
        }

        private static String share(Proportion proportion) {
            return format("%d/%d  %5.1f %%", proportion.successes(), proportion.trials(), 100 * proportion.rate());
        }

        private static String interval(Proportion proportion) {
            Interval interval = DemoResult.interval(proportion);
            return format("%.1f to %.1f %%", 100 * interval.low(), 100 * interval.high());
        }

        private static String number(double value) {
            return format("%.2f", value);
        }
    }

    /**
     * The figures that the demo found before and after training.
     *
     * @param before the model's scores of the held-out pairs
     * @param after the same with the trained adapter
     * @param perplexityBefore of general text, under the model
     * @param perplexityAfter the same with the adapter
     * @param answers to some of the held-out prompts
     */
    private record DemoResult(
            HeldOutScores before,
            HeldOutScores after,
            double perplexityBefore,
            double perplexityAfter,
            DemoAnswers answers) {
        private static final double CONFIDENCE = 0.95;

        /** Reads the result from the files of a finished run. */
        static DemoResult read(DemoPlan plan) throws IOException {
            MetricHistory.Series perplexities = new Run(plan.out()).metrics().series("eval_guard_perplexity");
            if (perplexities.size() < 2) {
                throw new RunException("The run in " + plan.out() + " measured no perplexity before and after.");
            }
            return new DemoResult(
                    HeldOutScores.read(plan.scoresBefore()),
                    HeldOutScores.read(plan.scoresAfter()),
                    perplexities.first(),
                    perplexities.last(),
                    DemoAnswers.read(plan));
        }

        /** The pairs that the trained model prefers more strongly than before: DPO's accuracy. */
        Proportion accuracy() {
            double[] differences = after.logRatioDifferences(before);
            return new Proportion(
                    (int) Arrays.stream(differences).filter(d -> d > 0).count(), differences.length);
        }

        /** DPO's mean margin: beta times how much further chosen and rejected have come apart. */
        double margin() {
            return DemoPlan.BETA * HeldOutScores.mean(after.logRatioDifferences(before));
        }

        static Interval interval(Proportion proportion) {
            return proportion.wilson(CONFIDENCE);
        }

        /** Returns the demo's results as one JSON document. */
        Map<String, Object> json() {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("pairs", before.pairs());
            document.put("chosen_longer", before.chosenLonger().rate());
            document.put("before", side(before, perplexityBefore, answers.courteousBefore()));
            Map<String, Object> trained = side(after, perplexityAfter, answers.courteousAfter());
            trained.put("accuracy", accuracy().rate());
            trained.put("accuracy_interval", bounds(accuracy()));
            trained.put("margin", margin());
            document.put("after", trained);
            document.put("answers", answers.shown(before));
            return document;
        }

        private static Map<String, Object> side(HeldOutScores scores, double perplexity, Proportion courteous) {
            Map<String, Object> side = new LinkedHashMap<>();
            side.put("chosen_likelier", scores.chosenLikelier().rate());
            side.put("chosen_likelier_interval", bounds(scores.chosenLikelier()));
            side.put("chosen_log_probability", scores.meanChosen());
            side.put("rejected_log_probability", scores.meanRejected());
            side.put("guard_perplexity", perplexity);
            side.put("courteous_answers", courteous.rate());
            return side;
        }

        private static List<Double> bounds(Proportion proportion) {
            Interval interval = interval(proportion);
            return List.of(interval.low(), interval.high());
        }
    }
}
