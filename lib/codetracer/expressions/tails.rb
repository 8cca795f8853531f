# frozen_string_literal: true

# What an expression is the last of: its value is also that of what is around it.
#
# Used by plan.rb, where code comes together and where it returns. Known from the tree's shape and,
# for where a node's code ends, from the instructions.
module CodeTracer
  module Expressions
    class Tails
      # Choices and `&&`, `||` whose value this node's is, the inner first; with the node itself, if
      # it is one that has no branch to go to.
      def around(node)
        found = node&.kind == :choice ? [node] : []
        return found if node&.kind == :way_out

        while node && (outer = outer_of(node)) && tail?(outer, node)
          found << outer if %i[choice logic].include?(outer.kind)
          node = outer
        end
        found
      end

      private

      # A call with a block is two nodes at one place.
      def outer_of(node)
        outer = node.around
        outer = outer.around while outer&.kind == :call && outer.start == node.start &&
                                   outer.stop == node.stop
        outer
      end

      # A choice's first part is what it goes by, if that is not a branch already.
      def tail?(outer, node)
        node = node.around until node.nil? || node.around.equal?(outer)
        first, last = outer.parts.values_at(0, -1)
        case outer.kind
        when :choice then node&.kind == :branch || !first.equal?(node)
        when :branch then !first.equal?(node)
        when :sequence, :logic then last.equal?(node)
        end
      end
    end

    # Where the code of a node ends: the position behind the last instruction that is inside of it.
    class Ends
      def initialize(instructions, tree)
        @instructions = instructions
        @tree = tree
        @ends = {}
      end

      def of(node)
        @ends[node] ||= @instructions.reverse_each.find { |each| inside?(each, node) }
                                     &.next_position || 0
      end

      private

      def inside?(instruction, node)
        place = @tree&.node(instruction.node_id)
        place&.inside?(node)
      end
    end
  end
end
