package org.align4j.core.data.encode;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.text.ControlTokens;
import org.align4j.core.text.PlainRows;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/** How a command renders messages: a group of options. */
@Heading("Chat template")
public record TemplateOptions(
        @Option(help = "A chat template file in place of the model's own.") @Nullable
        Path chatTemplate,

        @Option(help = "More variables for the chat template, as a JSON object.", defaultValue = "{}")
        Map<String, Object> templateArgs,

        @Option(help = "A system message for conversations that have none.") @Nullable
        String system,

        @Option(
                help = "A control token such as <|im_end|> in a message: refuse the row, escape it (ordinary text), or"
                        + " allow it (the control token). In plain text it is allowed and counted, unless escaped.",
                defaultValue = "refuse")
        ControlTokens controlTokens,

        @Option(
                help = "What becomes of a prompt and responses that are plain strings: none leaves them text without"
                        + " a template, chat makes them a user's message and an assistant's.",
                defaultValue = "none")
        PlainRows wrap) {
    /** The model's own template, without arguments or a system text; control tokens in messages are refused. */
    public static final TemplateOptions USUAL =
            new TemplateOptions(null, Map.of(), null, ControlTokens.REFUSE, PlainRows.NONE);

    /** The tokenizer and the template of a model folder, used as these options say. */
    public TextEncoder encoder(Path model) {
        return TextEncoder.load(model, chatTemplate, system, templateArgs)
                .withControlTokens(controlTokens)
                .withPlainRows(wrap);
    }
}
