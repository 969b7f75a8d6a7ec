package org.align4j.core.task.ifeval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.text.language.LanguageGuess;
import org.jspecify.annotations.Nullable;

/** A prompt with the instructions that its answer must follow, as rows of IFEval have it. */
public final class InstructionRow {
    private static final String KEY = "key";
    private static final String PROMPT = "prompt";
    private static final String INSTRUCTIONS = "instruction_id_list";
    private static final String VALUES = "kwargs";

    private final String key;
    private final String prompt;
    private final List<AskedInstruction> instructions;

    private InstructionRow(String key, String prompt, List<AskedInstruction> instructions) {
        this.key = key;
        this.prompt = prompt;
        this.instructions = List.copyOf(instructions);
    }

    /** Tells whether a row has the keys that IFEval's rows are known by. */
    public static boolean isOne(Map<String, ? extends @Nullable Object> fields) {
        return fields.containsKey(INSTRUCTIONS) && fields.containsKey(VALUES);
    }

    /**
     * Reads a row: {@code key}, {@code prompt}, {@code instruction_id_list} and, for each of these, an object of {@code kwargs}.
     *
     * @param where the file and line, for messages
     * @param guess tells the language of an answer
     * @throws InputException if a part is missing, an instruction unknown, or a value that it needs not given
     */
    public static InstructionRow of(
            String where, Map<String, ? extends @Nullable Object> fields, LanguageGuess guess) {
        if (!(fields.get(PROMPT) instanceof String prompt) || prompt.isBlank()) {
            throw new InputException(where + ": \"prompt\" must be a text that is not blank; a row of IFEval needs key, prompt,"
                    + " instruction_id_list and kwargs.");
        }
        List<?> ids = list(where, fields, INSTRUCTIONS);
        List<?> values = list(where, fields, VALUES);
        if (ids.isEmpty() || ids.size() != values.size()) {
            throw new InputException(format(
                    "%s: instruction_id_list has %d elements and kwargs %d; each instruction needs its own object of kwargs, and a row"
                            + " one instruction at least.",
                    where, ids.size(), values.size()));
        }
        List<AskedInstruction> asked = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (!(values.get(i) instanceof Map<?, ?> given)) {
                throw new InputException(format("%s: kwargs[%d] must be an object; {} where an instruction needs none.", where, i));
            }
            InstructionKind kind = InstructionKind.of(where, String.valueOf(ids.get(i)));
            asked.add(new AskedInstruction(kind, kind.instruction(format("%s: kwargs[%d]", where, i), given, guess)));
        }
        return new InstructionRow(String.valueOf(fields.get(KEY)), prompt, asked);
    }

    private static List<?> list(String where, Map<String, ? extends @Nullable Object> fields, String name) {
        if (fields.get(name) instanceof List<?> list) {
            return list;
        }
        throw new InputException(where + ": \"" + name + "\" must be a list; a row of IFEval needs key, prompt,"
                + " instruction_id_list and kwargs.");
    }

    /** Returns the name of the row. */
    public String key() {
        return key;
    }

    /** Returns what the model is asked. */
    public String prompt() {
        return prompt;
    }

    /** Returns the kinds of its instructions, in the order of the row. */
    public List<InstructionKind> kinds() {
        return instructions.stream().map(AskedInstruction::kind).toList();
    }

    /**
     * Tells which instructions an answer follows: strictly, as it stands, and loosely, in one of its {@link LooseForms forms}. An
     * answer without any text follows none.
     */
    public InstructionVerdicts verdicts(String answer) {
        List<Boolean> strict = new ArrayList<>();
        List<Boolean> loose = new ArrayList<>();
        List<String> forms = LooseForms.of(answer);
        for (AskedInstruction asked : instructions) {
            strict.add(LooseForms.hasText(answer) && asked.instruction().isFollowed(answer));
            loose.add(forms.stream().anyMatch(asked.instruction()::isFollowed));
        }
        return new InstructionVerdicts(kinds(), strict, loose);
    }
}
