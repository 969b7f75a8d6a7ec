package org.align4j.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.terminal.Terminal;

/** {@code align demo}: DPO with LoRA on the small model and the preferences that come with Align4J, before and after. */
public final class DemoCommand implements Command<DemoOptions> {
    private static final Path DEFAULT_OUT = Path.of("runs", "demo");

    @Override
    public String name() {
        return "demo";
    }

    @Override
    public String summary() {
        return "see DPO at work on a small model, in about a minute";
    }

    @Override
    public Class<DemoOptions> options() {
        return DemoOptions.class;
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
        terminal.print("that say the same, the courteous one chosen; length tells nothing. Does it learn the manner?");
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
        terminal.print("docs/losses.md tells what can be learned from pairs, align lesson goes on in small steps, and");
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
}
