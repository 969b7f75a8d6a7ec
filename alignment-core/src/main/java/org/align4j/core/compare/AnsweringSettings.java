package org.align4j.core.compare;

import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.jspecify.annotations.Nullable;

/**
 * Says how every model of a comparison answers.
 *
 * @param prompts the rows whose prompts are answered
 * @param badRows what is done about broken rows
 * @param generation how long answers are and how tokens are chosen
 * @param maxLength tokens that prompt and answer may have together; null for the model's limit
 * @param engine where and how to compute
 * @param template how messages are rendered
 */
public record AnsweringSettings(
        RowSource prompts,
        BadRows badRows,
        GenerationSettings generation,
        @Nullable Integer maxLength,
        EngineOptions engine,
        TemplateOptions template) {
    ModelOptions options(ComparedModel model) {
        return new ModelOptions(model.given(), null, maxLength, engine, template);
    }
}
