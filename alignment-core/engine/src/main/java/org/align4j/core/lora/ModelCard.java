package org.align4j.core.lora;

import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.files.OutputFile;
import org.jspecify.annotations.Nullable;

/**
 * The {@code README.md} of an adapter's or a model's folder: what is there, in the form that model hubs read. Whoever makes one
 * sees to it that it says nothing of the machine it was made on.
 *
 * @param product what the folder holds
 * @param baseModel the base model's hub name, or what its directory is called
 * @param method how it was trained, one word: {@code dpo}, {@code sft}
 * @param datasets the hub names of the data sets
 * @param figures what a card says in figures
 * @param notes sections of Markdown that the method adds; empty for none
 * @param settings the options as {@code config.yaml} has them; empty where they aren't known yet
 * @param licence that of the base model; null where nobody looked for it
 */
public record ModelCard(
        Product product,
        String baseModel,
        String method,
        List<String> datasets,
        Figures figures,
        String notes,
        String settings,
        @Nullable Licence licence) {
    /**
     * The licence of a base model as its own card has it.
     *
     * @param id the hub's name for it, such as {@code apache-2.0}; {@code other} for one that it has no name for
     * @param name of one called {@code other}; empty for none
     * @param link to one called {@code other}; empty for none
     */
    public record Licence(String id, String name, String link) {
        private static final int LONGEST = 300;
        private static final Pattern UNSEEN = Pattern.compile("[\\s\\p{Cntrl}\\p{Cf}\u2028\u2029]+");
        private static final Pattern ADDRESS = Pattern.compile("https?://[\\w.~:/?#@!$&'*+,;=%-]+");

        /** Keeps one line of each, since they come from a card that anybody may have written. */
        public Licence {
            id = oneLine(id);
            name = oneLine(name);
            link = oneLine(link);
        }

        private static String oneLine(String text) {
            String plain = UNSEEN.matcher(text).replaceAll(" ").strip();
            return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST);
        }

        /** What readers see: an address as a link, anything else as code, in which nothing of Markdown counts. */
        private static String shown(String text) {
            return ADDRESS.matcher(text).matches() ? "<" + text + ">" : "`" + text.replace('`', '\'') + "`";
        }

        private String inWords() {
            return shown(name.isEmpty() ? id : name) + (link.isEmpty() ? "" : " (" + shown(link) + ")");
        }
    }

    /**
     * What a card says in figures.
     *
     * @param facts what it was made from, by name
     * @param metrics the final figures, by name, with intervals where there are any
     */
    public record Figures(Map<String, String> facts, Map<String, String> metrics) {
        /** Copies what may change. */
        public Figures {
            facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
            metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        }
    }

    /** The kinds of products that a model card describes. */
    public enum Product {
        /** Low-rank pairs for a base. */
        ADAPTER("adapter", "A LoRA adapter for", "peft", "adapter", "text-generation"),
        /** Low-rank pairs and a head of scores for a base. */
        SCORING_ADAPTER("adapter", "A LoRA adapter for", "peft", "adapter", "text-classification"),
        /** A whole model. */
        MODEL("model", "A model made from", "transformers", "finetune", "text-generation"),
        /** A whole model with a head of scores. */
        SCORING_MODEL("model", "A model of scores made from", "transformers", "finetune", "text-classification");

        private final String noun;
        private final String introduction;
        private final String library;
        private final String relation;
        private final String task;

        Product(String noun, String introduction, String library, String relation, String task) {
            this.noun = noun;
            this.introduction = introduction;
            this.library = library;
            this.relation = relation;
            this.task = task;
        }
    }

    private static final String LOOP = "loop";
    private static final Pattern HUB_NAME = Pattern.compile("[\\w.-]+/[\\w.-]+");

    public ModelCard {
        datasets = List.copyOf(datasets);
    }

    /** A card that says what the adapter is and no more: that of a checkpoint. */
    public static ModelCard of(String baseModel, String method) {
        return new ModelCard(
                Product.ADAPTER, baseModel, method, List.of(), new Figures(Map.of(), Map.of()), "", "", null);
    }

    /** A card of an adapter that a program trained by a loop of its own. */
    public static ModelCard ofLoop(String baseModel) {
        return of(baseModel, LOOP);
    }

    /** This card for a folder that holds something else, with what a method has to say. */
    public ModelCard of(Product other, String otherNotes) {
        return new ModelCard(other, baseModel, method, datasets, figures, otherNotes, settings, licence);
    }

    /** Returns this card with the licence of the base model in it. */
    public ModelCard with(Licence known) {
        return new ModelCard(product, baseModel, method, datasets, figures, notes, settings, known);
    }

    /** Writes the card into a folder. */
    public void write(Path folder) {
        OutputFile.write(folder.resolve("README.md"), text().getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the card: YAML front matter and Markdown. */
    public String text() {
        StringBuilder text = new StringBuilder(head());
        text.append("\n# ")
                .append(method)
                .append(' ')
                .append(product.noun)
                .append("\n\n")
                .append(product.introduction)
                .append(" `")
                .append(baseModel);
        text.append("`, trained with Align4J by ").append(trainer()).append(".\n");
        table(text, "Made from", figures.facts());
        table(text, "Figures", figures.metrics());
        text.append(notes);
        if (!settings.isEmpty()) {
            text.append("\n## Made again\n\n```\nalign ").append(method).append(" --config config.yaml\n```\n\n");
            text.append("with this config.yaml, in which paths are shortened to names:\n\n```yaml\n");
            text.append(settings).append("```\n");
        }
        return text.append("\n## Licence\n\n").append(licenceInWords()).toString();
    }

    private String licenceInWords() {
        String made = "The " + product.noun
                + " is made from the base model and the data named above, and their licences bear on it. ";
        if (licence == null) {
            return made + "None is chosen here: add `license:` to the head of this file before it is published.\n";
        }
        return made + "That of the base model is " + licence.inWords() + "; the data may ask for more.\n";
    }

    private String trainer() {
        return method.equals(LOOP) ? "a program's own loop" : "`align " + method + "`";
    }

    private String head() {
        StringBuilder head = new StringBuilder("---\n");
        List<String> tags = new ArrayList<>();
        if (HUB_NAME.matcher(baseModel).matches()) {
            head.append("base_model: ").append(TextNode.valueOf(baseModel)).append('\n');
            tags.add("base_model:" + product.relation + ":" + baseModel);
        }
        list(head, "datasets", datasets);
        if (licence != null) {
            field(head, "license", licence.id);
            field(head, "license_name", licence.name);
            field(head, "license_link", licence.link);
        }
        head.append("library_name: ").append(product.library).append('\n');
        head.append("pipeline_tag: ").append(product.task).append('\n');
        tags.addAll(
                product.library.equals("transformers")
                        ? List.of("align4j", "transformers", method)
                        : List.of("align4j", "lora", "transformers", method));
        list(head, "tags", tags);
        return head.append("---\n").toString();
    }

    private static void field(StringBuilder text, String key, String value) {
        if (!value.isEmpty()) {
            text.append(key).append(": ").append(TextNode.valueOf(value)).append('\n');
        }
    }

    private static void list(StringBuilder text, String key, List<String> values) {
        if (!values.isEmpty()) {
            text.append(key).append(":\n");
            values.forEach(
                    value -> text.append("- ").append(TextNode.valueOf(value)).append('\n'));
        }
    }

    private static void table(StringBuilder text, String title, Map<String, String> rows) {
        if (!rows.isEmpty()) {
            text.append("\n## ").append(title).append("\n\n| | |\n|---|---|\n");
            rows.forEach((name, value) -> text.append("| ")
                    .append(name)
                    .append(" | ")
                    .append(value.replace("|", "\\|"))
                    .append(" |\n"));
        }
    }
}
