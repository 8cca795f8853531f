# frozen_string_literal: true

# The witness of --expressions: a program's source, rewritten so that it tells each value by itself.
#
# Each sub-expression, as Ruby's own parser finds it, is put into a call that notes its value when
# it has come about. Knows nothing of instructions or node ids.
class ExpressionSource
  SHOWN = %i[CALL OPCALL FCALL VCALL QCALL SUPER ZSUPER YIELD ITER IVAR CVAR GVAR CONST COLON2
             COLON3 NTH_REF BACK_REF DSTR DSYM LIST ZLIST HASH DEFINED AND OR LAMBDA MATCH2 MATCH3
             DREGX DOT2 DOT3 IF UNLESS CASE].freeze
  NOTE = "__seen__"
  HEAD = <<~RUBY
    $__seen__ = []
    module Kernel
      def #{NOTE}(place, value)
        $__seen__ << [place, value.inspect]
        value
      end
    end
  RUBY
  TAIL = "\nat_exit { STDERR.write(Marshal.dump($__seen__)) }\n"

  def initialize(text)
    @text = text
    @starts = [0]
    text.each_byte.with_index { |byte, at| @starts << at + 1 if byte == 10 }
    @opens = Hash.new { |hash, at| hash[at] = [] }
    @closes = Hash.new { |hash, at| hash[at] = [] }
  end

  # The program that tells; its places are [line, column, last line, last column] of this text.
  def telling
    walk(RubyVM::AbstractSyntaxTree.parse(@text), nil)
    out = +""
    @text.each_char.with_index do |char, at|
      out << @closes[at].join << @opens[at].sort_by { |size, _| -size }.map(&:last).join << char
    end
    HEAD + out + TAIL
  end

  private

  def walk(node, parent)
    return if node.type == :DEFINED && !wrap(node).nil? # what is asked about is not evaluated

    wrap(node) if SHOWN.include?(node.type) && stands_alone?(node, parent)
    node.children.grep(RubyVM::AbstractSyntaxTree::Node).each { |part| walk(part, node) }
  end

  # Not: the call inside of one with a block, a list of arguments, a literal, a name that is
  # defined or reached through.
  def stands_alone?(node, parent)
    return false if text_of(node).match?(/\A(?:next|break)\b/)
    return false if parent && %i[ITER CLASS MODULE CDECL].include?(parent.type) &&
                    same?(parent.children.first, node) && parent.type != :ITER
    return false if parent&.type == :ITER && same?(parent.children.first, node)
    return listed?(node) && !literal?(node) if %i[LIST ZLIST HASH].include?(node.type)

    true
  end

  def listed?(node)
    %w([ {).include?(text_of(node)[0]) && %w(] }).include?(text_of(node)[-1])
  end

  def literal?(node)
    parts = node.children.grep(RubyVM::AbstractSyntaxTree::Node)
    parts = parts.flat_map { |part| part.type == :LIST ? part.children.compact : part }
    fixed = %i[LIT STR INTEGER SYM TRUE FALSE NIL]
    !parts.empty? && parts.all? { |part| fixed.include?(part.type) }
  end

  def same?(one, other)
    one.respond_to?(:node_id) ? one.node_id == other.node_id : false
  end

  def wrap(node)
    from = place(node.first_lineno, node.first_column)
    to = place(node.last_lineno, node.last_column)
    where = [node.first_lineno, node.first_column, node.last_lineno, node.last_column]
    @opens[from] << [to - from, "#{NOTE}(#{where}, ("]
    @closes[to] << "))"
  end

  def place(line, column)
    @starts[line - 1] + column
  end

  def text_of(node)
    @text[place(node.first_lineno, node.first_column)...place(node.last_lineno, node.last_column)]
  end
end
