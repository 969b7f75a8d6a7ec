package org.align4j.core.cli.model;

import java.util.Map;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.generate.AnswerLines;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.InputOrder;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;

/** {@code align generate}: answers the prompts of rows. */
public final class GenerateCommand implements Command<GenerateOptions> {
    @Override
    public String name() {
        return "generate";
    }

    @Override
    public String summary() {
        return "answer the prompts of rows, one JSON line an answer";
    }

    @Override
    public Class<GenerateOptions> options() {
        return GenerateOptions.class;
    }

    @Override
    public int run(GenerateOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        DataDownload.run(options.prompts(), terminal);
        try (ModelSession session = ModelSession.open(options.model(), new ConsoleLog(terminal))) {
            ShownExamples.show(options.examples(), session, terminal);
            EncodedRows<PromptTokens> rows = session.rows(options.badRows()).prompts(options.source());
            terminal.notes(rows.report().noteSentences());
            Generator generator = session.generator();
            GenerationSpeed speed = new GenerationSpeed(session.base().engine());
            ResultLines.write(
                    options.out(),
                    terminal,
                    sink -> {
                        int answers = rows.rows().size() * options.samples();
                        try (Progress progress = terminal.progress("generate", answers)) {
                            AnswerLines lines = new AnswerLines(session::text, rows.drops(), sink::line);
                            InputOrder order = new InputOrder(rows.rows(), options.samples(), lines::line);
                            speed.start();
                            generator.generate(rows.rows(), options.settings(), new Generator.Listener() {
                                @Override
                                public void prepared(String how) {
                                    terminal.log("Steps: " + how + ".");
                                }

                                @Override
                                public void completed(Completion completion) {
                                    speed.add(completion);
                                    order.completed(completion);
                                    progress.advance(1);
                                }
                            });
                            speed.stop();
                            lines.finish();
                        }
                    },
                    () -> options.out() == null ? Map.of() : speed.figures());
            terminal.log(speed.text());
            return 0;
        }
    }
}
