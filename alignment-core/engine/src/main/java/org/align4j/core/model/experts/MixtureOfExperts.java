package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;
import org.jspecify.annotations.Nullable;

/**
 * A sum over the few experts that a router chooses for each token (Shazeer et al. 2017). Tokens are sorted by expert, each
 * expert works on its rows at once, and the results come back in the order of the choices, so that a run repeats bit for bit.
 *
 * @param weighed where a choice's share is multiplied in
 * @param shared what every token goes through as well; null: nothing
 */
public record MixtureOfExperts(
        Router router,
        Experts experts,
        Weighed weighed,
        @Nullable FeedForward shared) implements FeedForward {

    /** The places where a router's weight is multiplied in. */
    public enum Weighed {
        /** What the expert reads (Llama 4). */
        INPUT,
        /** What the expert says. */
        OUTPUT
    }

    @Override
    public NDArray apply(Scope scope, NDArray input, PassContext pass) {
        ExpertKernels.Choice choice = router.choose(scope, input, pass);
        NDArray x = TensorKernels.cast(scope, input, pass.weights().dtype());
        ExpertKernels.Plan plan = ExpertKernels.plan(scope, choice, experts.count());
        NDArray choices = weighed == Weighed.INPUT
                ? ExpertKernels.spreadWeighed(scope, x, choice)
                : ExpertKernels.spread(scope, x, choice);
        List<NDArray> results = experts.apply(scope, shares(scope, choices, plan), pass);
        NDArray sum = weighed == Weighed.INPUT
                ? ExpertKernels.gather(scope, results, plan, choice)
                : ExpertKernels.gatherWeighed(scope, results, plan, choice);
        return shared == null ? sum : DecoderKernels.add(scope, sum, shared.apply(scope, x, pass));
    }

    /** {@inheritDoc} The router's choice hangs on the least digits. */
    @Override
    public boolean readsWide() {
        return true;
    }

    private static List<Experts.ExpertInput> shares(Scope scope, NDArray choices, ExpertKernels.Plan plan) {
        List<NDArray> dealt = ExpertKernels.dispatch(scope, choices, plan);
        List<Experts.ExpertInput> shares = new ArrayList<>();
        for (int expert = 0; expert < dealt.size(); expert++) {
            NDArray rows = dealt.get(expert);
            if (rows.getShape().get(0) > 0) {
                shares.add(new Experts.ExpertInput(expert, rows));
            }
        }
        return shares;
    }

    @Override
    public Stream<Linear> linears() {
        Stream<Linear> routed = Stream.concat(router.linears(), experts.linears());
        return shared == null ? routed : Stream.concat(routed, shared.linears());
    }

    @Override
    public Stream<Parameter> parameters() {
        Stream<Parameter> routed = Stream.concat(router.parameters(), experts.parameters());
        return shared == null ? routed : Stream.concat(routed, shared.parameters());
    }

    @Override
    public long idleElements() {
        long all = experts.parameters().mapToLong(Parameter::elements).sum();
        return all / experts.count() * (experts.count() - router.chosen());
    }
}
