# frozen_string_literal: true

# A node of the syntax, told by the same words from both parsers.
#
# Made by syntax_tree.rb; what has a value is one of these.
module CodeTracer
  module Expressions
    # `kind` is a word of SyntaxTree::KINDS; lines count from 1, columns are bytes from 0; `tail` is
    # where its last part begins, of an assignment the value (byte offset in the text, or nil).
    # `around` is the node whose part it is, `parts` are its own; `place` tells statements of lists
    # and scopes from operands; `index` is the node's among the parts of the one around.
    Node = Struct.new(:kind, :first_line, :first_column, :last_line, :last_column, :start, :stop,
                      :name, :tail, :head, :around, :parts, :place, :index) do
      def inside?(other)
        other.start <= start && stop <= other.stop
      end

      def size
        stop - start
      end

      # Each is one of its own: to compare what it is made of would walk the tree.
      def ==(other)
        equal?(other)
      end
      alias_method :eql?, :==

      # By its place: an id would be one of those that the program's objects get, in order.
      def hash
        start + 31 * stop
      end
    end
  end
end
