package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.text.Tokenizer;

/** Shows the first rows of a data set as the model will see them. */
final class RenderedRows {
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
        Path model = ModelPlace.textOf(options.model(), terminal);
        this.encoder = options.template().encoder(model);
        this.tokenizer = encoder.tokenizer();
    }

    void show() {
        DataDownload.run(options.data(), terminal);
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
                    "tokens", Arrays.stream(part.ids()).mapToObj(this::piece).toList());
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
