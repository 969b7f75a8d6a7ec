package org.align4j.core.doctor;

import java.util.List;
import java.util.SortedMap;
import org.align4j.core.data.PairTokens;
import org.align4j.core.doctor.log.Finding;

/** A model that is asked about the pairs of the data, once all of them are encoded. */
public interface Consultant {
    /**
     * Looks at the pairs.
     *
     * @param pairs those that training would use, by the number of their row
     * @param before what was found without a model
     * @return findings of its own, and others in place of those before that have their id
     */
    List<Finding> findings(SortedMap<Integer, PairTokens> pairs, List<Finding> before);
}
