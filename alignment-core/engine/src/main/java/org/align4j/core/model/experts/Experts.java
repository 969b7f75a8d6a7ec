package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;

/** Feed-forward parts of one shape, of which each token goes through a few. */
public interface Experts {

    /**
     * Holds the rows that the router sends to one expert.
     *
     * @param expert index from 0
     * @param rows {@code [M, H]}, M at least 1
     */
    record ExpertInput(int expert, NDArray rows) {}

    int count();

    /** {@code [M, H]} to {@code [M, H]} for each share, in their order. */
    List<NDArray> apply(Scope scope, List<ExpertInput> shares, PassContext pass);

    /** The layers that an adapter may be added to. */
    Stream<Linear> linears();

    /** Lists every parameter, those of the linear layers included. */
    default Stream<Parameter> parameters() {
        return linears().flatMap(Linear::parameters);
    }

    /**
     * Experts whose matrices lie in two stacks, {@code down(silu(gate x) * up x)} each (Llama 4). They are no linear layers, so
     * that an adapter has no place on them.
     *
     * @param gateUp {@code [E, H, 2 I]}, the gate first
     * @param down {@code [E, I, H]}
     */
    record StackedExperts(Parameter gateUp, Parameter down) implements Experts {

        /** The experts of a module. */
        public static StackedExperts of(String module, int count, int hidden, int inner) {
            return new StackedExperts(
                    new Parameter(module + ".gate_up_proj", Parameter.Role.STACK, count, hidden, 2L * inner),
                    new Parameter(module + ".down_proj", Parameter.Role.STACK, count, inner, hidden));
        }

        @Override
        public int count() {
            return Math.toIntExact(gateUp.shape()[0]);
        }

        @Override
        public List<NDArray> apply(Scope scope, List<ExpertInput> shares, PassContext pass) {
            List<NDArray> first = ExpertKernels.unstack(scope, pass.weights().value(scope, gateUp));
            List<NDArray> second = ExpertKernels.unstack(scope, pass.weights().value(scope, down));
            List<NDArray> results = new ArrayList<>(shares.size());
            for (ExpertInput share : shares) {
                results.add(ExpertKernels.stacked(
                        scope, share.rows(), first.get(share.expert()), second.get(share.expert())));
            }
            return results;
        }

        @Override
        public Stream<Linear> linears() {
            return Stream.empty();
        }

        @Override
        public Stream<Parameter> parameters() {
            return Stream.of(gateUp, down);
        }
    }

    /** Experts with weights of their own: one matrix product an expert and layer over all of its tokens. */
    record SeparateExperts(List<FeedForward> members) implements Experts {

        public SeparateExperts {
            members = List.copyOf(members);
        }

        @Override
        public int count() {
            return members.size();
        }

        @Override
        public List<NDArray> apply(Scope scope, List<ExpertInput> shares, PassContext pass) {
            List<NDArray> results = new ArrayList<>(shares.size());
            for (ExpertInput share : shares) {
                try (Scope inner = scope.inner()) {
                    results.add(scope.keep(members.get(share.expert()).apply(inner, share.rows(), pass)));
                }
            }
            return results;
        }

        @Override
        public Stream<Linear> linears() {
            return members.stream().flatMap(FeedForward::linears);
        }
    }
}
