package org.align4j.core.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.TemplateException;
import org.align4j.core.text.ConversationReader.Ready;
import org.align4j.core.text.ControlTokenSearch.Stretch;
import org.jspecify.annotations.Nullable;

/**
 * Writes conversations by a template. Where control tokens of the contents are ordinary text, it writes a second time with
 * masks in their place: so it is known which of them are the template's own.
 */
final class TemplateWriter {
    private final ChatTemplate template;
    private final Map<String, ? extends @Nullable Object> arguments;

    TemplateWriter(ChatTemplate template, Map<String, ? extends @Nullable Object> arguments) {
        this.template = template;
        this.arguments = arguments;
    }

    /** @throws InputException where the template refuses the conversation or fails */
    Written write(Ready ready, boolean addGenerationPrompt) {
        Rendered plain = render(ready, addGenerationPrompt);
        if (ready.masks().isEmpty()) {
            return new Written(plain.text(), plain.generationSpans(), List.of());
        }
        String text = render(ready.masked(), addGenerationPrompt).text();
        StringBuilder whole = new StringBuilder();
        List<Stretch> literal = new ArrayList<>();
        int at = 0;
        for (Stretch mask : masks(ready).all(text)) {
            whole.append(text, at, mask.start());
            int start = whole.length();
            whole.append(ready.masks().get(text.substring(mask.start(), mask.end())));
            literal.add(new Stretch(start, whole.length()));
            at = mask.end();
        }
        whole.append(text, at, text.length());
        if (!whole.toString().equals(plain.text())) {
            throw new InputException("the chat template acts on "
                    + String.join(", ", ready.masks().values())
                    + " in a message itself, so that it can't be made ordinary text; take it out of the row.");
        }
        return new Written(plain.text(), plain.generationSpans(), literal);
    }

    private static ControlTokenSearch masks(Ready ready) {
        return new ControlTokenSearch(ready.masks().keySet().stream()
                .map(mask -> new ControlTokenSearch.Token(mask, false))
                .toList());
    }

    private Rendered render(Ready ready, boolean addGenerationPrompt) {
        return template.render(ready.messages(), ready.added(), ready.tools(), addGenerationPrompt, arguments);
    }

    /** Writes turns alone, for probes, and lets the template's own failure through. */
    String probe(List<Message> messages) throws TemplateException {
        return template.run(messages, null, false, arguments).text();
    }
}
