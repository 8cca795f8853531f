# frozen_string_literal: true

# A shop of shelves of items, each of which changes at a visit: most steps show all of one shelf.
#
# 18 steps a visit, as many as the first argument says: 1,000,000 steps unless told otherwise.
VISIT_COUNT = Integer(ARGV.fetch(0, "55555"))

class Item
  def initialize(name, price)
    @name = name
    @price = price
    @sold = 0
  end

  def sell(count)
    @sold += count
    @price * count
  end
end

class Shelf
  def initialize(items)
    @items = items
    @taken = 0
  end

  def take(visit)
    item = @items[visit % @items.size]
    @taken += 1
    item.sell(1 + visit % 3)
  end
end

class Shop
  def initialize
    @shelves = Array.new(4) { |s| Shelf.new(Array.new(5) { |i| Item.new("item#{s}#{i}", i) }) }
    @total = 0
    @visits = 0
  end

  def visit(number)
    shelf = @shelves[number % @shelves.size]
    paid = shelf.take(number)
    @total += paid
    @visits += 1
    paid
  end
end

shop = Shop.new
number = 0
while number < VISIT_COUNT
  shop.visit(number)
  number += 1
end
