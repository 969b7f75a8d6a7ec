package org.align4j.core.task.ifeval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.SearchAllowance;
import org.align4j.core.task.ifeval.InstructionKind.Instruction;
import org.align4j.core.task.ifeval.InstructionTally.InstructionVerdicts;
import org.align4j.core.text.LanguageGuess;
import org.jspecify.annotations.Nullable;

/** The instructions of one prompt, ready to be compared with an answer. */
public final class AskedInstructions {
    private final List<AskedInstruction> instructions;

    private AskedInstructions(List<AskedInstruction> instructions) {
        this.instructions = List.copyOf(instructions);
    }

    /**
     * Reads the instructions of a row.
     *
     * @param where the file and line, for messages
     * @param ids the names of the instructions, {@code instruction_id_list} in a row
     * @param values for each, its numbers and words by name, {@code kwargs} in a row
     * @param guess finds the language of an answer
     * @throws InputException if an instruction is unknown, or a value that it needs is missing, wrong or of no use
     */
    public static AskedInstructions of(
            String where,
            List<String> ids,
            List<? extends Map<String, ? extends @Nullable Object>> values,
            LanguageGuess guess) {
        return of(where, ids, values, guess, new SearchAllowance(where));
    }

    /**
     * Reads the instructions of a row of a file, as the other method does.
     *
     * @param searches what the expressions of the file may read
     * @throws InputException as the other method throws it
     */
    public static AskedInstructions of(
            String where,
            List<String> ids,
            List<? extends Map<String, ? extends @Nullable Object>> values,
            LanguageGuess guess,
            SearchAllowance searches) {
        if (ids.isEmpty() || ids.size() != values.size()) {
            throw new InputException(format(
                    "%s: instruction_id_list has %d elements and kwargs %d; a row needs one instruction at least, and each its own"
                            + " object of kwargs.",
                    where, ids.size(), values.size()));
        }
        List<AskedInstruction> asked = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            InstructionKind kind = InstructionKind.of(where, ids.get(i));
            String place = format("%s: kwargs[%d]", where, i);
            asked.add(new AskedInstruction(kind, kind.instruction(place, values.get(i), guess, searches)));
        }
        return new AskedInstructions(asked);
    }

    /** Returns the kinds of the instructions, in the order of the row. */
    public List<InstructionKind> kinds() {
        return instructions.stream().map(AskedInstruction::kind).toList();
    }

    /**
     * Returns which instructions an answer follows: strictly, as it is, and loosely, in one of the forms that leave out its stars,
     * its first line or its last. An answer without any text follows none.
     */
    public InstructionVerdicts verdicts(String answer) {
        boolean hasText = !Spaces.only(answer);
        List<String> forms = LooseForms.of(answer);
        List<Boolean> strict = new ArrayList<>();
        List<Boolean> loose = new ArrayList<>();
        for (AskedInstruction asked : instructions) {
            strict.add(hasText && asked.instruction().isFollowed(answer));
            loose.add(forms.stream().anyMatch(asked.instruction()::isFollowed));
        }
        return new InstructionVerdicts(kinds(), strict, loose);
    }

    /**
     * Lists the forms of an answer of which one must follow an instruction loosely: with and without its stars, its first line
     * and its last line. So an opening such as "Sure, here it is:" costs nothing.
     */
    private static final class LooseForms {
        private LooseForms() {}

        /** Returns the forms that have any text, each once. */
        static List<String> of(String answer) {
            int first = answer.indexOf('\n');
            int last = answer.lastIndexOf('\n');
            List<String> cuts = new ArrayList<>(List.of(answer));
            if (first >= 0) {
                cuts.add(Spaces.strip(answer.substring(first + 1)));
                cuts.add(Spaces.strip(answer.substring(0, last)));
            }
            if (last > first) {
                cuts.add(Spaces.strip(answer.substring(first + 1, last)));
            }
            return cuts.stream()
                    .flatMap(form -> Stream.of(form, form.replace("*", "")))
                    .distinct()
                    .filter(form -> !Spaces.only(form))
                    .toList();
        }
    }

    /**
     * An instruction of a prompt.
     *
     * @param kind its kind
     * @param instruction its rule with the numbers and words of the row
     */
    private record AskedInstruction(InstructionKind kind, Instruction instruction) {}
}
