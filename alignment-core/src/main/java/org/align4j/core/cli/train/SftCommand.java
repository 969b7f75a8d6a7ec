package org.align4j.core.cli.train;

import org.align4j.core.session.TrainingMethod;
import org.align4j.core.sft.SftMethod;
import org.align4j.core.sft.SftMethod.SftOptions;
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
