# frozen_string_literal: true

# A value in the words of a trace's canonical events, written from doc/format/values.md alone.
#
# Used by value_graphs.rb in a plain run; knows nothing of the recorders. Default limits. Numbers of
# objects are given anew for each value, in the order in which they stand in its text.
require "json"
require "set"

class ValueWords
  DEPTH = 3
  ITEMS = 20
  BYTES = 200
  NODES = 64

  def self.numbered(text)
    numbers = {}
    text.gsub(/(?<=#|Identity:)\d+/) { |number| numbers[number] ||= numbers.size + 1 }
  end

  def of(value)
    @shared = {}.compare_by_identity
    @ids = {}.compare_by_identity
    loop do
      @met = {}.compare_by_identity
      @count = 1
      @is_changed = false
      @own = nil
      text = show(value, 0)
      return ValueWords.numbered(text) unless @is_changed
    end
  end

  private

  def show(value, depth)
    fields = variables(value)
    return object(value, [[:itself, value], *fields], depth) if wrapped?(value) && fields.any?

    itself(value, depth)
  end

  def wrapped?(value)
    case value
    when String, Array, Hash, Set, Range, Regexp, MatchData, Time, Encoding, Random then true
    else false
    end
  end

  def variables(value)
    names = value.instance_variables
    names -= [:@hash] if value.is_a?(Set)
    value.is_a?(Module) ? [] : names.map { |name| [name, value.instance_variable_get(name)] }
  end

  def itself(value, depth)
    case value
    when nil then "NilClass:None"
    when true, false then "Bool:#{value}"
    when Integer then integer(value)
    when Float then "Float:#{value.to_s.sub('Infinity', 'inf')}"
    when Symbol then "Symbol:#{marked(value.to_s)}"
    when String then "#{value.class}:#{marked(value)}"
    when Module then "#{value.class}:#{raw(value.name)}"
    else with_parts(value, depth)
    end
  end

  def with_parts(value, depth)
    case value
    when Array then list(value, value, depth)
    when Set, MatchData then list(value, value.to_a, depth)
    when Hash then list(value, value.to_a, depth)
    when Range then range(value, depth)
    when Rational
      fields(value, [[:numerator, value.numerator], [:denominator, value.denominator]], depth)
    when Complex then fields(value, [[:real, value.real], [:imaginary, value.imaginary]], depth)
    when Time, Regexp, Encoding, Random then told(value)
    else known(value, depth)
    end
  end

  def known(value, depth)
    parts = variables(value)
    parts = value.members.map { |name| [name, value[name]] } + parts if value.is_a?(Struct)
    parts = [[:message, value.message], *cause(value), *parts] if value.is_a?(Exception)
    return "#{value.class}:#{raw("#<#{value.class} ##{id(value)}>")}" if parts.empty?

    object(value, parts, depth)
  end

  def cause(exception)
    exception.cause ? [[:cause, exception.cause]] : []
  end

  def told(value)
    text = case value
           when Time then instant(value)
           when Regexp then "/#{value.source}/#{value.inspect[/[mix]*\z/]}"
           when Encoding then value.name
           else "#<#{value.class} ##{id(value)} seed #{value.seed}>"
           end
    "#{value.class}:#{raw(text)}"
  end

  def instant(time)
    utc = time.getutc
    fraction = format(".%09d", utc.nsec).sub(/\.?0+\z/, "")
    year = utc.year.negative? ? format("-%03d", -utc.year) : format("%04d", utc.year)
    "#{year}-#{utc.strftime('%m-%d %H:%M:%S')}#{fraction} UTC"
  end

  def integer(number)
    bytes = (number.abs.bit_length + 7) / 8
    return "Integer:#{number}" if bytes <= 1024

    "Integer:#{raw("#<Integer of #{number.abs.bit_length} bits>")}"
  end

  # ---- text ----

  def raw(text)
    JSON.generate(text)
  end

  def marked(string)
    utf8 = [Encoding::UTF_8, Encoding::US_ASCII].include?(string.encoding)
    kept = string.byteslice(0, BYTES)
    kept = kept[0...-1] until !utf8 || !string.valid_encoding? || kept.valid_encoding?
    cut = kept.bytesize < string.bytesize
    ascii = kept.ascii_only?
    text = kept.dup.force_encoding("UTF-8")
    why = [(string.encoding.name unless utf8 || ascii)].compact
    why << "invalid UTF-8" if why.empty? && !text.valid_encoding?
    text = text.scrub { |bytes| bytes.bytes.map { |byte| format("\\x%02X", byte) }.join }
    return raw(text) unless cut || why.any?

    raw("#{text}#{'…' if cut} [#{[*why, "#{string.bytesize} bytes"].join(', ')}]")
  end

  # ---- parts ----

  def id(object)
    @ids[object] ||= @ids.size + 1
  end

  def met(value)
    "#{value.class}:#{raw("#<#{value.class} ##{id(value)}>")}"
  end

  # Whether it was met before; collections then get a number where they were met first, too.
  def met?(value, collection: true)
    unless @met.key?(value)
      @met[value] = true
      return false
    end
    @is_changed ||= collection && !@shared.key?(value)
    @shared[value] = true if collection
    true
  end

  def cut(value, count, number)
    return "#{value.class}:#{raw("[… #{count} items]")}" if value.instance_of?(Array)
    return "#{value.class}:#{raw("{… #{count} pairs}")}" if value.instance_of?(Hash)

    "#{value.class}:#{raw("#<#{value.class}#{" ##{number}" if number}, #{count} fields …>")}"
  end

  def empty_cut(value, number)
    "#{value.class}:#{raw("#<#{value.class}#{" ##{number}" if number} …>")}"
  end

  # `own`: it stands in an object made of it and its variables, which references mean.
  def list(value, elements, depth)
    own = @own.equal?(value)
    @own = nil
    return met(value) if !own && met?(value)

    number = id(value) if @shared.key?(value) && !own
    return list_cut(value, elements.size, number) if depth >= DEPTH

    shown = elements(value, elements, depth)
    rest = elements.size - shown.size
    shown << "Cut:#{raw("… #{rest} more of #{elements.size}")}" if rest.positive?
    "#{"#{value.class}&" if number}#{value.class}[#{shown.join(', ')}]"
  end

  def list_cut(value, count, number)
    plain = value.instance_of?(Array) || value.instance_of?(Hash)
    count.zero? && !plain ? empty_cut(value, number) : cut(value, count, number)
  end

  def elements(value, elements, depth)
    shown = []
    elements.first(ITEMS).each do |element|
      break if @count + (value.is_a?(Hash) ? 2 : 1) > NODES

      shown << (value.is_a?(Hash) ? pair(element, depth + 1) : counted(element, depth + 1))
    end
    shown
  end

  def counted(value, depth)
    @count += 1
    show(value, depth)
  end

  # The value's place is taken before the key's parts can use it up.
  def pair(pair, depth)
    @count += 1
    key = counted(pair[0], depth)
    @count -= 1
    "Pair[#{key}, #{counted(pair[1], depth)}]"
  end

  def range(value, depth)
    return met(value) if met?(value)

    number = id(value) if @shared.key?(value)
    return cut(value, 3, number) if depth >= DEPTH

    parts = [[:begin, value.begin], [:end, value.end], [:exclude_end, value.exclude_end?]]
    fields(value, parts, depth)
  end

  def object(value, parts, depth)
    return met(value) if met?(value, collection: false)

    number = id(value)
    if depth >= DEPTH
      return cut(value, parts.size, number) unless parts[0][0] == :itself && text?(value)

      return fields(value, parts, depth, number: number, limit: 1)
    end
    fields(value, parts, depth, number: number, limit: ITEMS)
  end

  def text?(value)
    !(value.is_a?(Array) || value.is_a?(Hash) || value.is_a?(Set) || value.is_a?(MatchData))
  end

  def fields(value, parts, depth, number: nil, limit: parts.size)
    shown = number ? ["#: Identity:#{number}"] : []
    kept = 0
    parts.first(limit).each do |name, part|
      break if @count + 1 > NODES

      shown << "#{name}: #{field(value, name, part, depth + 1)}"
      kept += 1
    end
    shown << "…: Cut:#{raw("#{parts.size - kept} more of #{parts.size}")}" if kept < parts.size
    "#{value.class}{#{shown.join(', ')}}"
  end

  def field(value, name, part, depth)
    return counted(part, depth) unless name == :itself || name == :message

    @count += 1
    return "String:#{marked(part)}" if name == :message

    @own = value
    itself(value, depth).tap { @own = nil }
  end
end
