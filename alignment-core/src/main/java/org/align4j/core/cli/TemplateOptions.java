package org.align4j.core.cli;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.cli.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * How a command renders messages: a group of options.
 *
 * @param chatTemplate a Jinja file in place of the model's template, or null for the model's own
 * @param templateArgs further variables of the template, JSON types
 * @param system the system message of conversations that have none, or null for none
 */
public record TemplateOptions(
        @Option(help = "A chat template file in place of the model's own.") @Nullable
        Path chatTemplate,

        @Option(help = "More variables for the chat template, as a JSON object.", defaultValue = "{}")
        Map<String, Object> templateArgs,

        @Option(help = "A system message for conversations that have none.") @Nullable
        String system) {}
