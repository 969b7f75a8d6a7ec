package org.align4j.core.lora.peft;

import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.weights.AtomicFile;

/**
 * The {@code README.md} of an adapter folder: what the adapter is, in the form that model hubs read.
 *
 * @param baseModel the base model's hub name or directory
 * @param method how it was trained, one word: {@code dpo}, {@code sft}
 * @param dataHash the SHA-256 of the training data
 * @param metrics the final metrics by name
 * @param command the command line that made it
 */
public record ModelCard(String baseModel, String method, String dataHash, Map<String, Double> metrics, String command) {
    private static final Pattern HUB_NAME = Pattern.compile("[\\w.-]+/[\\w.-]+");

    public ModelCard {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    void write(Path folder) {
        AtomicFile.write(folder.resolve("README.md"), text().getBytes(StandardCharsets.UTF_8));
    }

    /** The card: YAML front matter and Markdown. */
    String text() {
        StringBuilder text = new StringBuilder("---\n");
        if (HUB_NAME.matcher(baseModel).matches()) {
            text.append("base_model: ").append(TextNode.valueOf(baseModel)).append('\n');
        }
        text.append("library_name: peft\ntags:\n");
        List.of("align4j", "lora", method)
                .forEach(tag -> text.append("- ").append(tag).append('\n'));
        text.append("---\n\n# ").append(method).append(" adapter\n\n");
        text.append("A LoRA adapter for `")
                .append(baseModel)
                .append("`, trained with Align4J (")
                .append(method);
        text.append(").\n\n| | |\n|---|---|\n");
        text.append("| training data, SHA-256 | `").append(dataHash).append("` |\n");
        metrics.forEach((name, value) ->
                text.append("| ").append(name).append(" | ").append(value).append(" |\n"));
        return text.append("\n```\n").append(command).append("\n```\n").toString();
    }
}
