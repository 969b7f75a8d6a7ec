package org.align4j.core.cli.train;

import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.sft.SftMethod;
import org.align4j.core.sft.SftOptions;
import org.align4j.core.sft.SftRecipe;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;

/** {@code align sft}: trains on texts, conversations, or prompts with completions. */
public final class SftCommand implements MethodCommand<SftOptions> {
    @Override
    public String name() {
        return "sft";
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
    public TrainingMethod<?> method(SftOptions options, TrainingLog log) {
        return new SftMethod(options);
    }
}
