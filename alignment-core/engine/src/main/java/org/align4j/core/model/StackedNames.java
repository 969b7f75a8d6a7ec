package org.align4j.core.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/**
 * Holds the names of experts' weights where a checkpoint has them stacked. All of a layer are in two stacks, {@code gate_up_proj
 * [E, 2 I, H]} and {@code down_proj [E, H, I]}, as transformers 5 holds them in memory and may save them. Each expert's matrices
 * are runs of these.
 *
 * @param theirs the layer's part that has the stacks, such as {@code mlp}
 * @param ours the same part here
 * @param gate an expert's layer, and so on
 */
public record StackedNames(String theirs, String ours, String gate, String up, String down) {

    /** A store with the names of separate experts where it has stacks. */
    public WeightStore unstacked(WeightStore store) {
        Pattern name = Pattern.compile("(.*\\.layers\\.\\d+\\.)" + theirs + "\\.(.*)");
        boolean stacked =
                store.names().stream().map(name::matcher).anyMatch(match -> match.matches() && isStack(match.group(2)));
        return stacked ? store.respelled((key, entry) -> separate(name.matcher(key), key, entry)) : store;
    }

    private static boolean isStack(String rest) {
        return rest.equals("experts.gate_up_proj") || rest.equals("experts.down_proj");
    }

    private Map<String, TensorEntry> separate(Matcher match, String key, TensorEntry entry) {
        if (!match.matches()) {
            return Map.of(key, entry);
        }
        String part = match.group(1) + ours + ".";
        long[] shape = entry.shape();
        // Stacks of 8-bit floats would need their scales cut as well; what is no stack of matrices is reported by its
        // name.
        if (!isStack(match.group(2)) || shape.length != 3 || entry.scales() != null) {
            String name = part + match.group(2);
            return Map.of(name, entry.part(name, 0, shape));
        }
        boolean both = match.group(2).equals("experts.gate_up_proj");
        return matrices(part + "experts.", entry, both ? new String[] {gate, up} : new String[] {down});
    }

    private static Map<String, TensorEntry> matrices(String module, TensorEntry stack, String... layers) {
        long[] shape = stack.shape();
        long rows = shape[1] / layers.length;
        Map<String, TensorEntry> result = new LinkedHashMap<>();
        long first = 0;
        for (long expert = 0; expert < shape[0]; expert++) {
            for (String layer : layers) {
                String name = module + expert + "." + layer + ".weight";
                result.put(name, stack.part(name, first, rows, shape[2]));
                first += rows * shape[2];
            }
        }
        return result;
    }
}
