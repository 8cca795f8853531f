# frozen_string_literal: true

# The tree between a pattern's text and its program.
#
# Nodes: [:set, bits] (one byte of a set, an Integer of 256 bits), [:all, nodes], [:one, nodes],
# [:repeat, node, least, most or nil], and the edges. A character beyond ASCII is its bytes.
module CodeTracer
  module Filter
    module Tree
      EDGES = { start: 4, end: 5, edge: 6, no_edge: 7 }.freeze # Pattern::AT_START …
      ALL_BYTES = (1 << 256) - 1
      ASCII = (1 << 128) - 1
      FOLLOWING = ((1 << 64) - 1) << 128 # bytes 0x80 to 0xBF: a character goes on

      module_function

      def set_of(*bytes)
        bytes.flat_map { |byte| byte.is_a?(Range) ? byte.to_a : [byte] }.sum { |byte| 1 << byte }
      end

      DIGIT = set_of(48..57)
      WORD = DIGIT | set_of(65..90, 95, 97..122)
      SPACE = set_of(9..13, 32)

      def bytes(text, folds: false)
        [:all, text.b.bytes.map { |byte| [:set, folds ? fold(1 << byte) : 1 << byte] }]
      end

      # One character that is not among `bits`, all of them ASCII.
      def character_except(bits)
        [:all, [[:set, ALL_BYTES & ~FOLLOWING & ~bits], [:repeat, [:set, FOLLOWING], 0, nil]]]
      end

      def repeat(node, least, most = nil)
        [:repeat, node, least, most]
      end

      def whole(node)
        [:all, [[:start], node, [:end]]]
      end

      # Both cases of ASCII letters.
      def fold(bits)
        lower, upper = bits >> 97 & 0x3FFFFFF, bits >> 65 & 0x3FFFFFF
        bits | (lower | upper) << 97 | (lower | upper) << 65
      end

      def set_bytes(bits)
        Array.new(32) { |index| bits >> (8 * index) & 0xFF }.pack("C*")
      end
    end
  end
end
