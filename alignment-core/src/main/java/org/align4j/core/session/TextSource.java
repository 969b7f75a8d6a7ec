package org.align4j.core.session;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.session.options.TemplateOptions;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/** A model's tokenizer and template, loaded when first asked for: token rows need none. */
final class TextSource implements Supplier<TextEncoder> {
    private final Path model;
    private final TemplateOptions template;
    private @Nullable TextEncoder loaded;

    TextSource(Path model, TemplateOptions template) {
        this.model = model;
        this.template = template;
    }

    @Override
    public synchronized TextEncoder get() {
        TextEncoder encoder = loaded;
        if (encoder == null) {
            encoder = template.encoder(model);
            loaded = encoder;
        }
        return encoder;
    }

    /** Returns prompts with the texts that they lack, where there is a tokenizer. */
    List<PromptTokens> withText(List<PromptTokens> prompts) {
        if (!Files.isRegularFile(model.resolve("tokenizer.json"))) {
            return prompts;
        }
        return prompts.stream()
                .map(row -> row.text() != null
                        ? row
                        : new PromptTokens(
                                row.row(), row.prompt(), get().tokenizer().decode(row.prompt(), false), row.answer()))
                .toList();
    }

    /** The encoder where one was needed. */
    synchronized @Nullable TextEncoder ifLoaded() {
        return loaded;
    }
}
