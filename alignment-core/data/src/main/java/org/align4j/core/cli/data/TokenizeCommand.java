package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.error.InputException;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/** {@code align tokenize}: the ids of texts, and what they decode to. */
public final class TokenizeCommand extends NamedCommand<TokenizeOptions> {
    /** Names the command. */
    public TokenizeCommand() {
        super("tokenize", "texts to token ids and back", TokenizeOptions.class);
    }

    @Override
    public int run(TokenizeOptions options, Terminal terminal) {
        ResultLines.requireFile(options.out());
        Path model = ModelText.folder(options.model(), terminal);
        DataFiles.download(options.data(), terminal);
        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            ResultLines.write(options.out(), terminal, sink -> {
                for (Path file : DataFiles.resolveOnce("data", options.data())) {
                    ObjectFile.of(file).each((line, row, fields) -> sink.line(tokens(file, line, fields, tokenizer)));
                }
            });
        }
        return 0;
    }

    private static Map<String, Object> tokens(
            Path file, int line, Map<String, @Nullable Object> row, Tokenizer tokenizer) {
        if (!(row.get("text") instanceof String text)) {
            throw new InputException(
                    file + ":" + line + ": \"text\" is missing or no string; align tokenize reads {\"text\"} rows.");
        }
        try {
            Map<String, Object> fields = new LinkedHashMap<>();
            int[] ids = tokenizer.encode(text, false);
            fields.put("ids", ids);
            fields.put("ids_with_special_tokens", tokenizer.encode(text, true));
            fields.put("decoded", tokenizer.decode(ids, false));
            return fields;
        } catch (InputException e) {
            throw new InputException(file + ":" + line + ": " + e.getMessage(), e);
        }
    }
}
