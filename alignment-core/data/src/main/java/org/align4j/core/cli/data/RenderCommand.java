package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Template;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.TemplateException;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/** {@code align render}: what the model will really see, or what templates make of given messages. */
public final class RenderCommand extends NamedCommand<RenderOptions> {
    /** Names the command. */
    public RenderCommand() {
        super("render", "what the model will really see: text, tokens, which are trained", RenderOptions.class);
    }

    @Override
    public int run(RenderOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        Path cases = options.cases();
        if (cases != null) {
            ResultLines.write(options.out(), terminal, sink -> TemplateCases.render(cases, sink));
        } else {
            new RenderedRows(options, terminal).show();
        }
        return 0;
    }

    /**
     * Renders a file of cases, {@code {"template", "messages"?, "tools"?, "add_generation_prompt"?, "bos_token"?,
     * "eos_token"?, "kwargs"?}} a line, as transformers would: {@code tools} and {@code documents} are None where they are
     * not given, tokens that are not given are undefined.
     */
    private static final class TemplateCases {
        private final Path file;
        private final ResultLines.Sink sink;
        private final Map<String, Template> parsed = new HashMap<>();

        private TemplateCases(Path file, ResultLines.Sink sink) {
            this.file = file;
            this.sink = sink;
        }

        static void render(Path file, ResultLines.Sink sink) {
            TemplateCases cases = new TemplateCases(file, sink);
            ObjectFile.of(file).each((line, row, fields) -> cases.render(line, fields));
        }

        private void render(int line, Map<String, @Nullable Object> fields) {
            if (!(fields.get("template") instanceof String source)) {
                throw new InputException(
                        file + ":" + line + ": \"template\" is missing or no string; a case needs one.");
            }
            Object arguments = fields.get("kwargs");
            if (arguments != null && !(arguments instanceof Map)) {
                throw new InputException(file + ":" + line + ": \"kwargs\" must be an object of template variables.");
            }
            try {
                Template template = parsed.computeIfAbsent(source, Template::parse);
                sink.line(result(template.render(context(fields, arguments))));
            } catch (TemplateException e) {
                boolean own = e.kind().equals("TemplateError");
                sink.line(Map.of("error", own ? e.kind() + ": " + e.reason() : String.valueOf(e.getMessage())));
            }
        }

        private static Map<String, @Nullable Object> context(
                Map<String, @Nullable Object> fields, @Nullable Object arguments) {
            Map<String, @Nullable Object> context = new LinkedHashMap<>();
            context.put("tools", null);
            context.put("documents", null);
            for (String name : List.of("messages", "tools", "add_generation_prompt")) {
                if (fields.containsKey(name)) {
                    context.put(name, fields.get(name));
                }
            }
            for (String name : List.of("bos_token", "eos_token")) {
                if (fields.get(name) != null) {
                    context.put(name, fields.get(name));
                }
            }
            if (arguments instanceof Map<?, ?> more) {
                more.forEach((name, value) -> context.put(String.valueOf(name), value));
            }
            return context;
        }

        private static Map<String, Object> result(Rendered rendered) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("text", rendered.text());
            fields.put(
                    "assistant_spans",
                    rendered.generationSpans().stream()
                            .map(span -> List.of(span.start(), span.end()))
                            .toList());
            return fields;
        }
    }

    /** Shows the first rows of a data set as the model will see them. */
    private static final class RenderedRows {
        private final RenderOptions options;
        private final Terminal terminal;
        private final TextEncoder encoder;
        private final Tokenizer tokenizer;

        RenderedRows(RenderOptions options, Terminal terminal) {
            this.options = options;
            this.terminal = terminal;
            if (options.model() == null) {
                throw new InputException("model is not given; give --model.");
            }
            Path model = ModelText.folder(options.model(), terminal);
            this.encoder = options.template().encoder(model);
            this.tokenizer = encoder.tokenizer();
        }

        void show() {
            DataFiles.download(options.data(), terminal);
            RowEncoder rows = new RowEncoder(
                    () -> encoder, tokenizer.vocabularySize(), new RowRules(BadRows.ERROR, null, Integer.MAX_VALUE));
            RowSource source = RowSource.once("data", options.data(), RowFormat.AUTO, Columns.PLAIN);
            EncodedRows<TokenRow> encoded = rows.any(source);
            List<Map<String, Object>> lines = new ArrayList<>();
            for (TokenRow row : encoded.rows()
                    .subList(0, Math.min(options.rows(), encoded.rows().size()))) {
                lines.add(fields(row));
            }
            if (options.out() != null) {
                ResultLines.write(options.out(), terminal, sink -> lines.forEach(sink::line));
            } else {
                terminal.print(encoded.report().describe());
                encoder.warnings().forEach(terminal::log);
                terminal.result(lines);
            }
        }

        private Map<String, Object> fields(TokenRow row) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("row", row.row());
            for (TokenPart part : row.parts()) {
                terminal.print("");
                terminal.print("row " + row.row() + ", " + part.name() + ", " + part.ids().length + " tokens:");
                terminal.print(tokenizer.decode(part.ids(), false));
                terminal.print(tokens(part));
                Map<String, Object> described = new LinkedHashMap<>();
                described.put("text", tokenizer.decode(part.ids(), false));
                described.put("ids", part.ids());
                described.put(
                        "tokens",
                        Arrays.stream(part.ids()).mapToObj(this::piece).toList());
                described.put(
                        "trained",
                        IntStream.range(0, part.ids().length)
                                .mapToObj(part.trained()::test)
                                .toList());
                fields.put(part.name(), described);
            }
            return fields;
        }

        /** Each token between bars with its id; those that are trained with a star. */
        private String tokens(TokenPart part) {
            StringBuilder out = new StringBuilder("  |");
            for (int t = 0; t < part.ids().length; t++) {
                out.append(piece(part.ids()[t]).replace("\n", "\\n"))
                        .append(' ')
                        .append(part.ids()[t])
                        .append(part.trained().test(t) ? "*|" : "|");
            }
            return out.toString();
        }

        private String piece(int id) {
            return tokenizer.decode(new int[] {id}, false);
        }
    }
}
