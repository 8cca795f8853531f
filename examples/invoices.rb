# frozen_string_literal: true

# Prices a few hundred orders and audits the invoices. The audit finds customers who were given a
# rebate nobody promised them. The bug is in here, thousands of steps before it shows.
#
# `make demo` records this program and walks back from the symptom to the cause.

Product = Struct.new(:sku, :name, :category, :price_cents)
Line = Struct.new(:product, :quantity) do
  def total_cents
    product.price_cents * quantity
  end
end
Order = Struct.new(:id, :customer, :level, :lines, :coupon) do
  def subtotal_cents
    lines.sum(&:total_cents)
  end
end
Rebate = Struct.new(:name, :percent, :category) do
  def applies_to?(line)
    category.nil? || line.product.category == category
  end
end
Invoice = Struct.new(:order, :rebates, :rebate_cents, :shipping_cents, :total_cents)

CATALOGUE = [
  Product.new("B-100", "Programming Ruby", :books, 3999),
  Product.new("B-101", "Learning C", :books, 2950),
  Product.new("G-200", "Desk lamp", :goods, 4590),
  Product.new("G-201", "Mechanical keyboard", :goods, 12_900),
  Product.new("G-202", "Monitor arm", :goods, 8900),
  Product.new("F-300", "Coffee, 1 kg", :food, 1890),
  Product.new("F-301", "Green tea", :food, 990)
].freeze

# What a customer of each level is promised.
PROMISED = {
  basic: [],
  silver: [Rebate.new("silver 3%", 3, nil)],
  gold: [Rebate.new("gold 5%", 5, nil), Rebate.new("gold books 5%", 5, :books)]
}.freeze

COUPONS = {
  "TEA20" => Rebate.new("coupon TEA20", 20, :food),
  "LAMP10" => Rebate.new("coupon LAMP10", 10, :goods)
}.freeze

# The same orders on every machine and every Ruby.
class OrderSource
  CUSTOMERS = { "Ada" => :gold, "Grace" => :silver, "Linus" => :basic, "Barbara" => :gold,
                "Edsger" => :silver, "Margaret" => :basic, "Donald" => :silver }.freeze

  def initialize(seed)
    @state = seed
  end

  def take(count)
    Array.new(count) { |index| build(1001 + index) }
  end

  private

  def below(limit)
    @state = (@state * 1_103_515_245 + 12_345) % 2_147_483_648
    (@state / 65_536) % limit
  end

  def build(id)
    customer = CUSTOMERS.keys[below(CUSTOMERS.size)]
    lines = Array.new(1 + below(4)) { Line.new(CATALOGUE[below(CATALOGUE.size)], 1 + below(3)) }
    coupon = id == 1163 ? "TEA20" : nil
    Order.new(id, customer, CUSTOMERS.fetch(customer), lines, coupon)
  end
end

class Pricing
  FREE_SHIPPING_CENTS = 20_000
  SHIPPING_CENTS = { books: 190, goods: 490, food: 290 }.freeze

  def invoice(order)
    rebates = rebates_for(order)
    rebate_cents = order.lines.sum { |line| rebate_on(line, rebates) }
    shipping_cents = shipping_for(order)
    total_cents = order.subtotal_cents - rebate_cents + shipping_cents
    Invoice.new(order, rebates.map(&:name), rebate_cents, shipping_cents, total_cents)
  end

  private

  def rebates_for(order)
    rebates = PROMISED.fetch(order.level)
    rebates << COUPONS.fetch(order.coupon) if order.coupon
    rebates
  end

  def rebate_on(line, rebates)
    percent = 0
    rebates.each do |rebate|
      percent += rebate.percent if rebate.applies_to?(line)
    end
    line.total_cents * percent / 100
  end

  def shipping_for(order)
    return 0 if order.subtotal_cents >= FREE_SHIPPING_CENTS

    order.lines.map { |line| SHIPPING_CENTS.fetch(line.product.category) }.max
  end
end

class Audit
  attr_reader :complaints

  def initialize
    @complaints = []
  end

  def check(invoice)
    coupons = invoice.rebates.count { |name| name.start_with?("coupon") }
    promised = invoice.order.coupon ? 1 : 0
    return if coupons == promised

    @complaints << "order #{invoice.order.id}: #{invoice.order.customer} " \
                   "(#{invoice.order.level}) got #{coupons} coupon rebate(s), promised #{promised}"
  end
end

def report(invoices, audit)
  taken = invoices.sum(&:total_cents)
  given = invoices.sum(&:rebate_cents)
  puts format("%d invoices, %.2f taken, %.2f in rebates",
              invoices.size, taken / 100.0, given / 100.0)
  puts "audit: #{audit.complaints.size} invoices are wrong, the first of them:"
  puts audit.complaints.first(2)
end

orders = OrderSource.new(20_240_229).take(400)
pricing = Pricing.new
audit = Audit.new
invoices = orders.map { |order| pricing.invoice(order) }
invoices.each { |invoice| audit.check(invoice) }
report(invoices, audit)
