package org.align4j.core.cli.train;

import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.sft.SftObjective;
import org.align4j.core.terminal.Terminal;

/** {@code align sft}: trains on texts, conversations, or prompts with completions. */
public final class SftCommand implements TrainingCommand<SftOptions> {
    private static final String NAME = "sft";
    private static final double LORA_RATE = 2e-4;
    private static final double FULL_RATE = 2e-5;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "supervised fine-tuning on texts and conversations";
    }

    @Override
    public Class<SftOptions> options() {
        return SftOptions.class;
    }

    @Override
    public int run(SftOptions options, Terminal terminal) {
        options.recipe().requireDirectory();
        try (TrainingSession<TextTokens> session = TrainingSession.open(recipe(), options.recipe(), terminal)) {
            if (options.recipe().dryRun()) {
                session.describe(terminal);
                return 0;
            }
            try (RunDirectory run = session.create(OptionsYaml.write(new SftOptions(session.options())))) {
                session.train(run, new SftObjective(session), terminal);
                terminal.log("Wrote " + run.path() + ".");
                return 0;
            }
        }
    }

    @Override
    public int resume(SftOptions options, RunDirectory run, Terminal terminal) {
        try (TrainingSession<TextTokens> session = TrainingSession.open(recipe(), options.recipe(), terminal)) {
            session.facts().requireUnchanged(run, session.rows());
            session.train(run, new SftObjective(session), terminal);
            return 0;
        }
    }

    private static Recipe<TextTokens> recipe() {
        return new Recipe<>(NAME, LORA_RATE, FULL_RATE, false, RowEncoder::texts);
    }
}
