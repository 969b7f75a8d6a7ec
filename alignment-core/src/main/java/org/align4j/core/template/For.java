package org.align4j.core.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.align4j.core.template.python.Values;
import org.jspecify.annotations.Nullable;

/**
 * {@code for target in elements if test recursive}.
 *
 * @param otherwise what is done where there are no elements
 */
record For(
        int line,
        Target target,
        Expression elements,
        @Nullable Expression test,
        boolean recursive,
        Block body,
        @Nullable Block otherwise)
        implements Statement {
    @Override
    public Next run(NameScope scope) {
        run(scope, elements.value(scope), 0);
        return Next.STATEMENT;
    }

    /** Runs the loop's body for each element of a value. */
    void run(NameScope scope, Object value, int depth) {
        Iterator<Object> iterator = Values.iterate(value);
        Loop loop = new Loop(this, scope, test == null ? iterator : new Tested(iterator, scope, test), depth);
        boolean any = false;
        for (Object element = loop.advance(); element != null; element = loop.advance()) {
            any = true;
            scope.budget().step();
            NameScope inner = scope.inner();
            inner.set("loop", loop);
            target.assign(inner, element);
            if (body.run(inner) == Next.BREAK) {
                break;
            }
        }
        if (!any && otherwise != null) {
            otherwise.run(scope.inner());
        }
    }

    /** The elements that pass the loop's {@code if}, found one at a time. */
    private final class Tested implements Iterator<Object> {
        private final Iterator<Object> all;
        private final NameScope scope;
        private final Expression passes;
        private @Nullable Object found;

        Tested(Iterator<Object> all, NameScope scope, Expression passes) {
            this.all = all;
            this.scope = scope;
            this.passes = passes;
        }

        @Override
        public boolean hasNext() {
            while (found == null && all.hasNext()) {
                scope.budget().step();
                Object element = all.next();
                NameScope inner = scope.inner();
                target.assign(inner, element);
                found = Values.truth(passes.value(inner)) ? element : null;
            }
            return found != null;
        }

        @Override
        public Object next() {
            if (!hasNext() || found == null) {
                throw new NoSuchElementException();
            }
            Object element = found;
            found = null;
            return element;
        }
    }
}
