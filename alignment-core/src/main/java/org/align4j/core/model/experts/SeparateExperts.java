package org.align4j.core.model.experts;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;

/** Experts with weights of their own: one matrix product an expert and layer over all of its tokens. */
public record SeparateExperts(List<FeedForward> members) implements Experts {

    public SeparateExperts {
        members = List.copyOf(members);
    }

    @Override
    public int count() {
        return members.size();
    }

    @Override
    public List<NDArray> apply(Scope scope, List<Share> shares, PassContext pass) {
        List<NDArray> results = new ArrayList<>(shares.size());
        for (Share share : shares) {
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
